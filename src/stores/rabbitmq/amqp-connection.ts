import type { Socket } from 'node:net';
import { type ChannelModel, connect } from 'amqplib';
import { formatRabbitMqAddress, type RabbitMqAddress } from '../../config/rabbitmq-config.ts';
import { catchSocket } from '../../runtime/catch-socket.ts';
import { describeError } from '../../runtime/errors.ts';
import { type AmqpChannel, createAmqpChannel } from './amqp-channel.ts';
import { type ConnectionLifetime, startLifetime } from './connection-lifetime.ts';
import type { RabbitMqAccess, RabbitMqServer } from './rabbitmq-access.ts';
import { RabbitMqError, toConnectError, toRabbitMqError } from './rabbitmq-error.ts';

/** An open connection to one server. When a response is overdue, the connection ends and everything that waits on it fails. */
export interface AmqpConnection extends Pick<ConnectionLifetime, 'ended' | 'end' | 'request'> {
  readonly address: RabbitMqAddress;
  readonly serverVersion: string;
  /** Opens a channel with publisher confirms. */
  openChannel(): Promise<AmqpChannel>;
  /** Calls the listener with a reason when the server blocks publishing, and with `undefined` when it unblocks it. */
  onBlock(listener: (reason: string | undefined) => void): void;
  /** Closes the connection gracefully, or forcibly if the server does not respond in time. */
  close(): Promise<void>;
}

export interface AmqpTimeouts {
  /** Time for TCP, TLS, login and opening the virtual host. */
  readonly connectTimeoutMs: number;
  /** Time for each response after that. */
  readonly answerTimeoutMs: number;
  readonly heartbeatSeconds: number;
}

/** Timeouts for commands, and for everything except publishing. */
export const defaultTimeouts: AmqpTimeouts = {
  connectTimeoutMs: 5_000,
  answerTimeoutMs: 10_000,
  heartbeatSeconds: 10,
};

const closeTimeoutMs = 1_000;

/** @throws {RabbitMqError} */
export async function openAmqpConnection(
  server: RabbitMqServer,
  timeouts: AmqpTimeouts,
): Promise<AmqpConnection> {
  const { address } = server;
  const lifetime = startLifetime(timeouts.answerTimeoutMs);
  let frames: FrameWatch | undefined;
  try {
    const { begun: opening, socket } = catchSocket(() => beginModel(server, timeouts.heartbeatSeconds));
    frames = socket && watchFrames(socket);
    // Destroys the socket with an error, because amqplib stops its timers only after an error.
    lifetime.ended.addEventListener('abort', () => socket?.destroy(lifetime.ended.reason));
    socket?.on('error', () => {});
    const model = await lifetime.request(() => opening, timeouts.connectTimeoutMs);
    frames?.opened();
    socket?.on('close', () => lifetime.end(new RabbitMqError('connection', 'the connection ended')));
    return toConnection(model, address, lifetime);
  } catch (error) {
    const failure = toConnectError(error, address, frames?.closeText());
    lifetime.end(failure);
    throw failure;
  }
}

/** Starts to open a connection. The promise may never settle. amqplib creates its socket synchronously and does not expose it. */
function beginModel({ address, tls }: RabbitMqServer, heartbeatSeconds: number): Promise<ChannelModel> {
  const { host: hostname, port, isTls, username, password, virtualHost } = address;
  const url = {
    hostname,
    port,
    username,
    password,
    protocol: isTls ? 'amqps' : 'amqp',
    vhost: encodeURIComponent(virtualHost),
    heartbeat: heartbeatSeconds,
  };
  return connect(url, { ...tls, noDelay: true });
}

function toConnection(
  model: ChannelModel,
  address: RabbitMqAddress,
  lifetime: ConnectionLifetime,
): AmqpConnection {
  const { ended, end, request } = lifetime;
  // If a channel emits 'error' before it has a listener, amqplib catches the error and reports it on the connection.
  model.on('error', (error) => end(toRabbitMqError(error, 'connection')));
  model.on('close', (error: Error = new Error('the connection was closed')) =>
    end(toRabbitMqError(error, 'connection')),
  );
  const version: unknown = model.connection.serverProperties.version;
  return {
    ended,
    end,
    request,
    address,
    serverVersion: typeof version === 'string' ? version : '(unknown version)',
    openChannel: async () => createAmqpChannel(await request(() => model.createConfirmChannel()), lifetime),
    onBlock(listener) {
      model.on('blocked', (reason) => listener(reason));
      model.on('unblocked', () => listener(undefined));
    },
    async close() {
      await request(() => model.close(), closeTimeoutMs).catch(() => undefined);
      end(new RabbitMqError('connection', `the connection to ${formatRabbitMqAddress(address)} was closed`));
    },
  };
}

/**
 * Opens a connection to the first server that can be reached.
 *
 * @throws {RabbitMqError} with the error of each server, if none can be reached
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

/** Runs work on a connection that is closed afterwards. */
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

/** Reads details from the frames that arrive while a connection is opened, because amqplib does not report them. */
interface FrameWatch {
  /** Stops the watch: after the connection is open, several frames may arrive at once. */
  opened(): void;
  /** Text of the server's connection.close, if there was one. */
  closeText(): string | undefined;
}

const headerBytes = 7;
const methodFrame = 1;
const connectionClose = (10 << 16) | 50;
/** Offset of the text length in a connection.close, after class, method and code. The text follows. */
const textLengthAt = headerBytes + 4 + 2;

/**
 * Inspects each frame before amqplib does. An error that is thrown here occurs within amqplib's read, and makes opening the
 * connection fail.
 */
function watchFrames(socket: Socket): FrameWatch {
  let closeText: string | undefined;
  let frame: Buffer = Buffer.alloc(0);

  function inspect(chunk: Buffer): void {
    frame = frame.length === 0 ? chunk : Buffer.concat([frame, chunk]);
    if (frame.length < headerBytes) {
      return;
    }
    const frameBytes = headerBytes + frame.readUInt32BE(3) + 1;
    if (frame.length > frameBytes) {
      // There are no listeners yet, so amqplib would throw the events of a second frame where nothing can catch them.
      throw new RabbitMqError(
        'protocol',
        'the server sent unexpected data while the connection was being opened',
      );
    }
    if (frame.length === frameBytes) {
      closeText ??= readCloseText(frame);
      frame = Buffer.alloc(0);
    }
  }

  // amqplib reads on 'readable', so 'data' is emitted when it reads.
  socket.on('data', inspect);
  return {
    opened: () => void socket.off('data', inspect),
    closeText: () => closeText,
  };
}

function readCloseText(frame: Buffer): string | undefined {
  const isClose =
    frame[0] === methodFrame &&
    frame.length > textLengthAt &&
    frame.readInt32BE(headerBytes) === connectionClose;
  const textAt = textLengthAt + 1;
  return isClose ? frame.toString('utf8', textAt, textAt + (frame[textLengthAt] ?? 0)) : undefined;
}
