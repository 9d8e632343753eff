import { type ChannelModel, type ConfirmChannel, connect } from 'amqplib';
import { formatRabbitMqAddress, type RabbitMqAddress } from '../config/rabbitmq-url.ts';
import { hasCode } from '../runtime/has-code.ts';
import type { RabbitMqAccess } from './rabbitmq-access.ts';
import { RabbitMqError, readReplyCode, readReplyText, replyCodes } from './rabbitmq-error.ts';

/** An open connection to one server. */
export interface AmqpConnection {
  readonly model: ChannelModel;
  readonly address: RabbitMqAddress;
  readonly serverVersion: string;
  /** A channel with publisher confirms. */
  openChannel(): Promise<ConfirmChannel>;
  /** Says goodbye, for as long as the server listens to it, and ends the connection. */
  close(): Promise<void>;
  /** Ends the connection at once. */
  destroy(): void;
}

export interface AmqpTimeouts {
  /** TCP, TLS, login and opening of the virtual host. */
  readonly connectTimeoutMs: number;
  readonly heartbeatSeconds: number;
}

const closeTimeoutMs = 1_000;

/** @throws {RabbitMqError} */
export async function openAmqpConnection(
  address: RabbitMqAddress,
  access: Pick<RabbitMqAccess, 'tlsOptions'>,
  { connectTimeoutMs, heartbeatSeconds }: AmqpTimeouts,
): Promise<AmqpConnection> {
  // The socket ends with it: amqplib itself gives no way to end a connection to a server that does not answer.
  const life = new AbortController();
  const timer = setTimeout(() => life.abort(), connectTimeoutMs);
  try {
    const { host: hostname, port, isTls, username, password, virtualHost } = address;
    const options = { ...(isTls && access.tlsOptions()), signal: life.signal, noDelay: true };
    const opening = connect(
      {
        protocol: isTls ? 'amqps' : 'amqp',
        hostname,
        port,
        username,
        password,
        vhost: encodeURIComponent(virtualHost),
        heartbeat: heartbeatSeconds,
      },
      options,
    );
    const model = await unlessEnded(opening, life.signal);
    // Each end is told by 'close' too. Without a listener 'error' would be thrown.
    model.on('error', () => {});
    return {
      model,
      address,
      serverVersion: model.connection.serverProperties.version,
      async openChannel() {
        const channel = await model.createConfirmChannel();
        channel.on('error', () => {});
        return channel;
      },
      async close() {
        const goodbye = setTimeout(() => life.abort(), closeTimeoutMs);
        await unlessEnded(model.close(), life.signal).catch(() => undefined);
        clearTimeout(goodbye);
        life.abort();
      },
      destroy: () => life.abort(),
    };
  } catch (error) {
    throw toConnectError(error, address, life.signal.aborted ? connectTimeoutMs : undefined);
  } finally {
    clearTimeout(timer);
  }
}

/** amqplib does not always settle when its socket ends. */
async function unlessEnded<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const ended = Promise.withResolvers<never>();
  const end = () => ended.reject(new Error('the connection was ended'));
  signal.addEventListener('abort', end);
  work.catch(() => undefined);
  try {
    return await Promise.race([work, ended.promise]);
  } finally {
    signal.removeEventListener('abort', end);
  }
}

/** Names what an operator can do something about. */
function toConnectError(error: unknown, address: RabbitMqAddress, timeoutMs?: number): RabbitMqError {
  const where = formatRabbitMqAddress(address);
  const user = JSON.stringify(address.username);
  if (timeoutMs !== undefined) {
    return new RabbitMqError('timeout', `${where} did not answer within ${timeoutMs} ms`, { cause: error });
  }
  if (readReplyCode(error) === replyCodes.accessRefused) {
    const message = `${where} refused the login of ${user}: ${readReplyText(error)}`;
    return new RabbitMqError('authentication', message, { cause: error });
  }
  if (String(error).includes('Expected ConnectionOpenOk')) {
    const message = `${where} did not open the virtual host ${JSON.stringify(address.virtualHost)}: it does not exist, or ${user} has no right to it`;
    return new RabbitMqError('authentication', message, { cause: error });
  }
  const isCut = hasCode(error, 'ECONNRESET') || String(error).includes('closed abruptly');
  const hint = isCut ? '; does the port speak TLS, or not?' : '';
  return new RabbitMqError('connection', `${where}: ${readReplyText(error)}${hint}`, { cause: error });
}
