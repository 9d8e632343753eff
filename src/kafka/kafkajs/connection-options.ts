import { readFileSync } from 'node:fs';
import type { SASLOptions } from 'kafkajs';
import type { KafkaConnectionConfig } from '../../config/kafka-config.ts';
import type { KafkaSaslConfig } from '../../config/kafka-sasl-config.ts';
import type { KafkaTlsConfig } from '../../config/kafka-tls-config.ts';

export interface ConnectionOptions {
  readonly clientId: string;
  readonly ssl: { ca?: string; cert?: string; key?: string } | null;
  readonly sasl: SASLOptions | null;
}

/** Reads the certificate and password files: each new connection sees what they hold now. */
export function readConnectionOptions(connection: KafkaConnectionConfig): ConnectionOptions {
  return {
    clientId: connection.clientId,
    ssl: connection.tls ? readTls(connection.tls) : null,
    sasl: connection.sasl ? readSasl(connection.sasl) : null,
  };
}

function readTls({ caFile, certFile, keyFile }: KafkaTlsConfig): NonNullable<ConnectionOptions['ssl']> {
  return {
    ...(caFile && { ca: readFileSync(caFile, 'utf8') }),
    ...(certFile && { cert: readFileSync(certFile, 'utf8') }),
    ...(keyFile && { key: readFileSync(keyFile, 'utf8') }),
  };
}

function readSasl({ mechanism, username, password, passwordFile }: KafkaSaslConfig): SASLOptions {
  const secret =
    passwordFile === undefined ? password : readFileSync(passwordFile, 'utf8').replace(/\r?\n$/, '');
  return { mechanism, username, password: secret ?? '' };
}
