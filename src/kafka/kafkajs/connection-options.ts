import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions as TlsOptions } from 'node:tls';
import type { ISocketFactoryArgs, Mechanism, SASLOptions } from 'kafkajs';
import { readCredential } from '../../config/credential.ts';
import type { KafkaPasswordConfig } from '../../config/kafka-sasl-config.ts';
import type { KafkaTlsConfig } from '../../config/kafka-tls-config.ts';
import { readPem } from '../../config/read-text-file.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { KafkaAccess } from './kafka-access.ts';
import { createOauthAuthentication } from './oauth/oauth-authentication.ts';

export interface ConnectionOptions {
  readonly clientId: string;
  readonly ssl: TlsOptions | null;
  readonly sasl: SASLOptions | Mechanism | null;
}

/** Reads the certificate and password files: each new connection sees what they hold now. */
export function readConnectionOptions(access: KafkaAccess, logger: Logger): ConnectionOptions {
  return {
    clientId: access.clientId,
    ssl: access.tls ? readTls(access.tls) : null,
    sasl: access.sasl ? readSasl(access.sasl, logger) : null,
  };
}

function readTls(tls: KafkaTlsConfig): TlsOptions {
  const { ca, cert, key, keyPassphrase, serverName, allowAnyServerName } = tls;
  return {
    ...(ca && { ca: readPem(ca) }),
    ...(cert && { cert: readPem(cert) }),
    ...(key && { key: readPem(key) }),
    ...(keyPassphrase !== undefined && { passphrase: keyPassphrase }),
    ...(serverName !== undefined && { servername: serverName }),
    ...(allowAnyServerName && { checkServerIdentity: () => undefined }),
  };
}

function readSasl(sasl: NonNullable<KafkaAccess['sasl']>, logger: Logger): SASLOptions | Mechanism {
  return sasl.mechanism === 'oauthbearer'
    ? {
        mechanism: sasl.mechanism,
        authenticationProvider: createOauthAuthentication(sasl.tokens, logger),
      }
    : readPassword(sasl);
}

function readPassword({ mechanism, username, password, passwordFile }: KafkaPasswordConfig): SASLOptions {
  const secret =
    passwordFile === undefined ? password : readCredential('KAFKA_SASL_PASSWORD_FILE', passwordFile);
  return { mechanism, username, password: secret ?? '' };
}

/** As kafkajs's own factory does it, but without Nagle's delay and with an earlier keep-alive. */
export function openSocket({ host, port, ssl, onConnect }: ISocketFactoryArgs): Socket {
  const servername = isIP(host) === 0 ? { servername: host } : {};
  const socket = ssl
    ? connectTls({ host, port, ...servername, ...ssl }, onConnect)
    : connect({ host, port }, onConnect);
  // A request is one write. To wait for a full packet would only add the delay of the peer's acknowledgement.
  socket.setNoDelay(true);
  socket.setKeepAlive(true, 10_000);
  return socket;
}
