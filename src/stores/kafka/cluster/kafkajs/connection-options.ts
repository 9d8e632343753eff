import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions as TlsOptions } from 'node:tls';
import type { ISocketFactoryArgs, Mechanism, SASLOptions } from 'kafkajs';
import { rereadCredential } from '../../../../config/credential.ts';
import type { KafkaConnectionConfig } from '../../../../config/kafka-config.ts';
import type { KafkaPasswordConfig } from '../../../../config/kafka-sasl-config.ts';
import type { KafkaTlsConfig } from '../../../../config/kafka-tls-config.ts';
import { readPemAsync } from '../../../../config/read-text-file.ts';
import type { Logger } from '../../../../runtime/logger.ts';
import { createOauthAuthentication } from './oauth/oauth-authentication.ts';
import type { TokenSource } from './oauth/oauth-token.ts';
import { createTokenSource } from './oauth/token-source.ts';

/** Settings for connecting to the brokers. All connections of a process share one object and therefore one OAuth token. */
export interface KafkaAccess extends Omit<KafkaConnectionConfig, 'sasl'> {
  readonly sasl?: KafkaPasswordConfig | { readonly mechanism: 'oauthbearer'; readonly tokens: TokenSource };
}

/** Creates the shared access settings without fetching a token yet. */
export function createKafkaAccess({ sasl, ...connection }: KafkaConnectionConfig): KafkaAccess {
  if (sasl?.mechanism === 'oauthbearer') {
    const { mechanism, oauth } = sasl;
    return { ...connection, sasl: { mechanism, tokens: createTokenSource(oauth) } };
  }
  return { ...connection, ...(sasl && { sasl }) };
}

/** Client ID that brokers use in their logs and quotas. */
export const kafkaClientId = 'comapi-webhook';

export interface ConnectionOptions {
  readonly clientId: string;
  readonly ssl: TlsOptions | null;
  readonly sasl: SASLOptions | Mechanism | null;
}

/** Reads the certificate and password files, so that each new connection uses their current contents. */
export async function readConnectionOptions(access: KafkaAccess, logger: Logger): Promise<ConnectionOptions> {
  return {
    clientId: kafkaClientId,
    ssl: access.tls ? await readTls(access.tls) : null,
    sasl: access.sasl ? await readSasl(access.sasl, logger) : null,
  };
}

async function readTls(tls: KafkaTlsConfig): Promise<TlsOptions> {
  const { ca, cert, key, serverName, allowAnyServerName } = tls;
  return {
    ...(ca && { ca: await readPemAsync(ca) }),
    ...(cert && { cert: await readPemAsync(cert) }),
    ...(key && { key: await readPemAsync(key) }),
    ...(serverName !== undefined && { servername: serverName }),
    ...(allowAnyServerName && { checkServerIdentity: () => undefined }),
  };
}

async function readSasl(
  sasl: NonNullable<KafkaAccess['sasl']>,
  logger: Logger,
): Promise<SASLOptions | Mechanism> {
  return sasl.mechanism === 'oauthbearer'
    ? {
        mechanism: sasl.mechanism,
        authenticationProvider: createOauthAuthentication(sasl.tokens, logger),
      }
    : readPassword(sasl);
}

async function readPassword(sasl: KafkaPasswordConfig): Promise<SASLOptions> {
  const { mechanism, username, password, passwordFile } = sasl;
  const secret =
    passwordFile === undefined ? password : await rereadCredential('KAFKA_SASL_PASSWORD_FILE', passwordFile);
  return { mechanism, username, password: secret ?? '' };
}

/** Opens a socket like the default factory of kafkajs, but without Nagle's algorithm and with an earlier keep-alive. */
export function openSocket({ host, port, ssl, onConnect }: ISocketFactoryArgs): Socket {
  const servername = isIP(host) === 0 ? { servername: host } : {};
  const socket = ssl
    ? connectTls({ host, port, ...servername, ...ssl }, onConnect)
    : connect({ host, port }, onConnect);
  // Each request is a single write, so waiting for a full packet would only add the delay of the peer's
  // acknowledgement.
  socket.setNoDelay(true);
  socket.setKeepAlive(true, 10_000);
  return socket;
}
