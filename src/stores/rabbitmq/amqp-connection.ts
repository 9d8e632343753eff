import type { Socket } from 'node:net';
import { type ChannelModel, type ConfirmChannel, connect } from 'amqplib';
import { formatRabbitMqAddress, type RabbitMqAddress } from '../../config/rabbitmq-config.ts';
import { captureSocket } from '../../runtime/capture-socket.ts';
import { describeError } from '../../runtime/errors.ts';
import { type ConnectionLifetime, trackConnectionLifetime } from './connection-lifetime.ts';
import type { RabbitMqAccess, RabbitMqServer } from './rabbitmq-access.ts';
import { RabbitMqError, toConnectError, toRabbitMqError } from './rabbitmq-error.ts';

/**
 * An open connection to one server. When a response is overdue, the connection ends and all pending operations on it
 * fail.
 */
export interface AmqpConnection extends Pick<ConnectionLifetime, 'ended' | 'end' | 'request'> {
  readonly address: RabbitMqAddress;
  readonly serverVersion: string;
  /**
   * Opens a channel with publisher confirms. Its promises may never settle, so every call that waits for a response
   * must run in `request`.
   */
  openChannel(): Promise<ConfirmChannel>;
  /**
   * Calls the listener with a reason when the server blocks publishing, and with `undefined` when the server unblocks
   * publishing.
   */
  onBlock(listener: (reason: string | undefined) => void): void;
  /** Closes the connection gracefully, or forcibly if the server does not respond in time. */
  close(): Promise<void>;
}

export interface AmqpTimeouts {
  /** Time limit in milliseconds for TCP, TLS, login and opening the virtual host. */
  readonly connectTimeoutMs: number;
  /** Time limit in milliseconds for each response after the connection is open. */
  readonly answerTimeoutMs: number;
  readonly heartbeatSeconds: number;
}

/** Timeouts for commands, and for all operations except publishing. */
export const defaultTimeouts: AmqpTimeouts = {
  connectTimeoutMs: 5_000,
  answerTimeoutMs: 10_000,
  heartbeatSeconds: 10,
};

const closeTimeoutMs = 1_000;

/**
 * Opens a connection to one server.
 *
 * @throws {RabbitMqError} if the connection cannot be opened
 */
export async function openAmqpConnection(
  server: RabbitMqServer,
  timeouts: AmqpTimeouts,
): Promise<AmqpConnection> {
  const { address } = server;
  const lifetime = trackConnectionLifetime(timeouts.answerTimeoutMs);
  let closeFrameWatch: CloseFrameWatch | undefined;
  try {
    const { begun: opening, socket } = captureSocket(() =>
      openChannelModel(server, timeouts.heartbeatSeconds),
    );
    closeFrameWatch = socket && watchForCloseFrame(socket);
    // Destroys the socket with an error, because otherwise amqplib would not stop its timers.
    lifetime.ended.addEventListener('abort', () => socket?.destroy(lifetime.ended.reason));
    socket?.on('error', () => {});
    const channelModel = await lifetime.request(() => opening, timeouts.connectTimeoutMs);
    closeFrameWatch?.stop();
    socket?.on('close', () => lifetime.end(new RabbitMqError('connection', 'the connection ended')));
    return toConnection(channelModel, address, lifetime);
  } catch (error) {
    const failure = toConnectError(error, address, closeFrameWatch?.closeText());
    lifetime.end(failure);
    throw failure;
  }
}

/**
 * Starts to open a connection. The returned promise may never settle. amqplib creates its socket synchronously but
 * does not expose it.
 */
function openChannelModel({ address, tls }: RabbitMqServer, heartbeatSeconds: number): Promise<ChannelModel> {
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
    async openChannel() {
      const channel = await request(() => model.createConfirmChannel());
      // The call that waits for a response already reports the error that closes a channel.
      return channel.on('error', () => {});
    },
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
 * Opens a connection to the first reachable server.
 *
 * @throws {RabbitMqError} with the error of each server if no server is reachable
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

/** Runs work on a new connection, and closes the connection afterwards. */
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

/**
 * Reads details from the frames that arrive while a connection is being opened, because amqplib does not report these
 * details.
 */
interface CloseFrameWatch {
  /**
   * Stops reading frames. Must be called once the connection is open, because several frames may then arrive together.
   */
  stop(): void;
  /** Returns the text of the server's connection.close method, or `undefined` if the server did not send one. */
  closeText(): string | undefined;
}

const headerBytes = 7;
const methodFrameType = 1;
const connectionCloseMethod = (10 << 16) | 50;
/**
 * Offset of the text length in a connection.close method, which follows the class, method and code. The text follows
 * the length.
 */
const textLengthOffset = headerBytes + 4 + 2;

/**
 * Inspects each frame before amqplib does. An error thrown here occurs while amqplib reads, and makes opening the
 * connection fail.
 */
function watchForCloseFrame(socket: Socket): CloseFrameWatch {
  let closeReason: string | undefined;
  let frame: Buffer = Buffer.alloc(0);

  function inspectFrame(chunk: Buffer): void {
    frame = frame.length === 0 ? chunk : Buffer.concat([frame, chunk]);
    if (frame.length < headerBytes) {
      return;
    }
    const frameBytes = headerBytes + frame.readUInt32BE(3) + 1;
    if (frame.length > frameBytes) {
      // No listeners are registered yet, so if a second frame caused an event, amqplib would throw an error that
      // nothing can catch.
      throw new RabbitMqError(
        'protocol',
        'the server sent unexpected data while the connection was being opened',
      );
    }
    if (frame.length === frameBytes) {
      closeReason ??= readCloseReason(frame);
      frame = Buffer.alloc(0);
    }
  }

  // amqplib reads the socket when it emits 'readable', and the socket emits 'data' for the bytes that amqplib reads.
  socket.on('data', inspectFrame);
  return {
    stop: () => void socket.off('data', inspectFrame),
    closeText: () => closeReason,
  };
}

function readCloseReason(frame: Buffer): string | undefined {
  const isCloseFrame =
    frame[0] === methodFrameType &&
    frame.length > textLengthOffset &&
    frame.readInt32BE(headerBytes) === connectionCloseMethod;
  const textOffset = textLengthOffset + 1;
  return isCloseFrame
    ? frame.toString('utf8', textOffset, textOffset + (frame[textLengthOffset] ?? 0))
    : undefined;
}
