import type { Socket } from 'node:net';
import { type ChannelModel, connect } from 'amqplib';
import { formatRabbitMqAddress, type RabbitMqAddress } from '../../config/rabbitmq-config.ts';
import { catchSocket } from '../../runtime/catch-socket.ts';
import { describeError } from '../../runtime/errors.ts';
import { type AmqpChannel, createAmqpChannel } from './amqp-channel.ts';
import { type ConnectionLife, startLife } from './connection-life.ts';
import type { RabbitMqAccess, RabbitMqServer } from './rabbitmq-access.ts';
import { RabbitMqError, toConnectError, toRabbitMqError } from './rabbitmq-error.ts';

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

/** What the frames of a server tell while a connection is opened, and amqplib does not. */
interface FrameWatch {
  /** From now on several frames may come at once. */
  opened(): void;
  /** The server's words when it closed the connection. */
  closeText(): string | undefined;
}

const headerBytes = 7;
const methodFrame = 1;
const connectionClose = (10 << 16) | 50;
/** Behind class, method and code of a connection.close: the length of its text, and the text. */
const textLengthAt = headerBytes + 4 + 2;

/**
 * Looks at each frame before amqplib does. What is thrown here is thrown inside of amqplib's reading, which fails the opening
 * by it.
 */
function watchFrames(socket: Socket): FrameWatch {
  let closeText: string | undefined;
  let frame: Buffer = Buffer.alloc(0);

  function look(chunk: Buffer): void {
    frame = frame.length === 0 ? chunk : Buffer.concat([frame, chunk]);
    if (frame.length < headerBytes) {
      return;
    }
    const frameBytes = headerBytes + frame.readUInt32BE(3) + 1;
    if (frame.length > frameBytes) {
      // Nobody could listen yet: amqplib would throw what follows where nobody can catch it.
      throw new RabbitMqError('protocol', 'more was sent than asked for while the connection was opened');
    }
    if (frame.length === frameBytes) {
      closeText ??= readCloseText(frame);
      frame = Buffer.alloc(0);
    }
  }

  // amqplib reads on 'readable', so this hears of the bytes when it takes them.
  socket.on('data', look);
  return {
    opened: () => void socket.off('data', look),
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
