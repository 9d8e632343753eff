import type { ChannelModel } from 'amqplib';
import { formatRabbitMqAddress, type RabbitMqAddress } from '../config/rabbitmq-url.ts';
import { type AmqpChannel, createAmqpChannel } from './amqp-channel.ts';
import { toConnectError } from './connect-error.ts';
import { type ConnectionLife, startLife } from './connection-life.ts';
import { openModel } from './open-model.ts';
import type { RabbitMqAccess } from './rabbitmq-access.ts';
import { RabbitMqError, readReplyText } from './rabbitmq-error.ts';
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

const closeTimeoutMs = 1_000;

/** @throws {RabbitMqError} */
export async function openAmqpConnection(
  address: RabbitMqAddress,
  access: Pick<RabbitMqAccess, 'tlsOptions'>,
  timeouts: AmqpTimeouts,
): Promise<AmqpConnection> {
  const life = startLife(timeouts.answerTimeoutMs);
  let frames: FrameWatch | undefined;
  try {
    const { opening, socket } = openModel(address, access, timeouts.heartbeatSeconds);
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

function toConnection(model: ChannelModel, address: RabbitMqAddress, life: ConnectionLife): AmqpConnection {
  const { ended, end, ask } = life;
  // A channel whose 'error' nobody hears yet throws it into amqplib's reading, and that ends the connection.
  model.on('error', (error) => end(toConnectionError(error)));
  model.on('close', (error?: Error) =>
    end(toConnectionError(error ?? new Error('the connection was closed'))),
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

function toConnectionError(error: unknown): RabbitMqError {
  return error instanceof RabbitMqError
    ? error
    : new RabbitMqError('connection', readReplyText(error), { cause: error });
}
