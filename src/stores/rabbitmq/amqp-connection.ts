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

/** What the frames of a server tell, and amqplib does not. */
interface FrameWatch {
  /** From now on several frames may come at once. */
  opened(): void;
  /** The server's words when it closed the connection. */
  closeText(): string | undefined;
}

const headerBytes = 7;
/** Where the text of a connection.close begins: after class and method, code, and its own length. */
const textAt = 4 + 2 + 1;
/** So much of a frame is looked at: the header, and a connection.close up to the end of its text. */
const headBytes = headerBytes + textAt + 255;
const methodFrame = 1;
const contentHeaderFrame = 2;
const connectionClose = (10 << 16) | 50;
/** amqplib gathers a message of any size, and RabbitMQ's own limit is 16 MiB. */
const maxMessageBytes = 64 * 1024 * 1024;

/**
 * Looks at each frame before amqplib does. What is thrown here is thrown inside of amqplib's reading, which fails the opening
 * by it, or ends the connection.
 */
function watchFrames(socket: Socket): FrameWatch {
  let isOpen = false;
  let closeText: string | undefined;
  let rest: Buffer = Buffer.alloc(0);
  /** Bytes of a frame that was looked at. */
  let passing = 0;

  function look(type: number | undefined, payload: Buffer): void {
    if (type === methodFrame && payload.length >= textAt && payload.readInt32BE(0) === connectionClose) {
      closeText = payload.toString('utf8', textAt, textAt + (payload[textAt - 1] ?? 0));
    } else if (type === contentHeaderFrame && payload.length >= 12) {
      const size = payload.readBigUInt64BE(4);
      if (size > maxMessageBytes) {
        throw new RabbitMqError('answer_check', `a message of ${size} bytes was announced`);
      }
    }
  }

  // amqplib reads on 'readable', so this hears of the bytes when it takes them.
  socket.on('data', (chunk: Buffer) => {
    let bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (;;) {
      const passed = Math.min(passing, bytes.length);
      passing -= passed;
      bytes = bytes.subarray(passed);
      if (!isOpen && passed > 0 && bytes.length > 0) {
        // Nobody could listen yet: amqplib would throw what follows where nobody can catch it.
        throw new RabbitMqError('protocol', 'more was sent than asked for while the connection was opened');
      }
      if (bytes.length < headerBytes) {
        break;
      }
      const frameBytes = headerBytes + bytes.readUInt32BE(3) + 1;
      const lookedAt = Math.min(frameBytes, headBytes);
      if (bytes.length < lookedAt) {
        break;
      }
      look(bytes[0], bytes.subarray(headerBytes, lookedAt));
      passing = frameBytes;
    }
    rest = bytes;
  });
  return {
    opened() {
      isOpen = true;
    },
    closeText: () => closeText,
  };
}
