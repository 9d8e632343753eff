import { type ChannelModel, connect } from 'amqplib';
import { formatRabbitMqAddress, type RabbitMqAddress } from '../../config/rabbitmq-config.ts';
import { catchSocket } from '../../runtime/catch-socket.ts';
import { describeError } from '../../runtime/errors.ts';
import { type AmqpChannel, createAmqpChannel } from './amqp-channel.ts';
import { type ConnectionLife, startLife } from './connection-life.ts';
import type { RabbitMqAccess, RabbitMqServer } from './rabbitmq-access.ts';
import { RabbitMqError, toConnectError, toRabbitMqError } from './rabbitmq-error.ts';
import { type FrameWatch, watchFrames } from './watch-frames.ts';

/** An open connection to one server. It ends by itself when an answer is overdue, and everything that waits on it then. */
export interface AmqpConnection extends Pick<ConnectionLife, 'ended' | 'end' | 'ask'> {
  readonly address: RabbitMqAddress;
  readonly serverVersion: string;
  /** A channel with publisher confirms. */
  openChannel(): Promise<AmqpChannel>;
  /** Calls the listener when the server begins to read nothing that is published, and with `undefined` when it does again. */
  onBlock(listener: (reason: string | undefined) => void): void;
  /** Says goodbye, for as long as the server listens to it, and ends the connection. */
  close(): Promise<void>;
}

export interface AmqpTimeouts {
  /** TCP, TLS, login and opening of the virtual host. */
  readonly connectTimeoutMs: number;
  /** Each answer after that. */
  readonly answerTimeoutMs: number;
  readonly heartbeatSeconds: number;
}

/** For commands, and for everything but publishing. */
export const defaultTimeouts: AmqpTimeouts = {
  connectTimeoutMs: 5_000,
  answerTimeoutMs: 10_000,
  heartbeatSeconds: 10,
};

const closeTimeoutMs = 1_000;
/** Frames of RabbitMQ have at most 128 KiB. Others divide messages differently, so there is room. */
const maxFrameSize = 1024 * 1024;

/** @throws {RabbitMqError} */
export async function openAmqpConnection(
  server: RabbitMqServer,
  timeouts: AmqpTimeouts,
): Promise<AmqpConnection> {
  const { address } = server;
  const life = startLife(timeouts.answerTimeoutMs);
  let frames: FrameWatch | undefined;
  try {
    const { begun: opening, socket } = catchSocket(() => beginModel(server, timeouts.heartbeatSeconds));
    frames = socket && watchFrames(socket);
    // amqplib stops its timers at an error only.
    life.ended.addEventListener('abort', () => socket?.destroy(life.ended.reason));
    socket?.on('error', () => {});
    const model = await life.ask(() => opening, timeouts.connectTimeoutMs);
    frames?.opened();
    socket?.on('close', () => life.end(new RabbitMqError('connection', 'the connection ended')));
    return toConnection(model, address, life);
  } catch (error) {
    const failure = toConnectError(error, address, frames?.closeText());
    life.end(failure);
    throw failure;
  }
}

/** What it gives may never settle. amqplib makes its socket at once, and keeps it to itself. */
function beginModel({ address, tls }: RabbitMqServer, heartbeatSeconds: number): Promise<ChannelModel> {
  const { host: hostname, port, isTls, username, password, virtualHost } = address;
  const url = {
    hostname,
    port,
    username,
    password,
    maxFrameSize,
    protocol: isTls ? 'amqps' : 'amqp',
    vhost: encodeURIComponent(virtualHost),
    heartbeat: heartbeatSeconds,
  };
  return connect(url, { ...tls, noDelay: true });
}

function toConnection(model: ChannelModel, address: RabbitMqAddress, life: ConnectionLife): AmqpConnection {
  const { ended, end, ask } = life;
  // A channel whose 'error' nobody hears yet throws it into amqplib's reading, and that ends the connection.
  model.on('error', (error) => end(toRabbitMqError(error, 'connection')));
  model.on('close', (error: Error = new Error('the connection was closed')) =>
    end(toRabbitMqError(error, 'connection')),
  );
  const version: unknown = model.connection.serverProperties.version;
  return {
    ended,
    end,
    ask,
    address,
    serverVersion: typeof version === 'string' ? version : 'of an unknown version',
    openChannel: async () => createAmqpChannel(await ask(() => model.createConfirmChannel()), life),
    onBlock(listener) {
      model.on('blocked', (reason) => listener(reason));
      model.on('unblocked', () => listener(undefined));
    },
    async close() {
      await ask(() => model.close(), closeTimeoutMs).catch(() => undefined);
      end(new RabbitMqError('connection', `the connection to ${formatRabbitMqAddress(address)} was closed`));
    },
  };
}

/**
 * Opens a connection to the first server that can be reached.
 *
 * @throws {RabbitMqError} that says of each why not
 */
export async function openAnyConnection(access: RabbitMqAccess): Promise<AmqpConnection> {
  const failures: unknown[] = [];
  for (const server of await access.readServers(defaultTimeouts.connectTimeoutMs)) {
    try {
      return await openAmqpConnection(server, defaultTimeouts);
    } catch (error) {
      failures.push(error);
    }
  }
  throw new RabbitMqError('connection', failures.map(describeError).join('; '), { cause: failures[0] });
}

/** Works on a connection that is closed afterwards. */
export async function withConnection<T>(
  access: RabbitMqAccess,
  work: (connection: AmqpConnection) => Promise<T>,
): Promise<T> {
  const connection = await openAnyConnection(access);
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}
