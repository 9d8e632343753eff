import { createClient, RESP_TYPES } from '@redis/client';
import { toError } from '../runtime/to-error.ts';
import type { RedisAccess } from './redis-access.ts';
import { toRedisError } from './redis-error.ts';

/** What a server answers: text, a number, nothing, an error inside a list, or a list. */
export type Reply = string | number | null | Error | readonly Reply[];

/** The same with bytes instead of text. */
export type BytesReply = Buffer | string | number | null | Error | readonly BytesReply[];

/** One connection that is used until it fails, and never mended: what was asked of it is not asked again. */
export interface RedisClient {
  /** TCP, TLS and login. @throws {RedisError} */
  connect(): Promise<void>;
  /** Commands of one turn of the event loop go out together, in this order. @throws {RedisError} */
  call(args: readonly (string | Buffer)[]): Promise<Reply>;
  /** As `call`, for values that may be any bytes. */
  callForBytes(args: readonly string[]): Promise<BytesReply>;
  isOpen(): boolean;
  onEnd(listener: () => void): void;
  /** What is under way fails with this error. */
  close(error?: Error): void;
}

export interface RedisClientOptions {
  /** TCP, TLS and login. */
  readonly connectTimeoutMs: number;
}

/**
 * The one door to the client library. By itself it queues while there is no connection, connects again, and sends what
 * was not sent yet: then a batch could overtake the one before it. And a timeout of a command that waits to be written
 * takes it out of its transaction. All of that is off.
 */
export function createRedisClient({ address, tls }: RedisAccess, options: RedisClientOptions): RedisClient {
  const { host, port, database, username, password } = address;
  const socket = { host, port, reconnectStrategy: false as const, connectTimeout: options.connectTimeoutMs };
  const client = createClient({
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    database,
    RESP: 2,
    maintNotifications: 'disabled',
    disableClientInfo: true,
    disableOfflineQueue: true,
    commandOptions: { timeout: 0 },
    socket: tls === undefined ? socket : { ...socket, ...tls, tls: true },
  });
  const listeners: (() => void)[] = [];
  const ended = Promise.withResolvers<never>();
  let end: Error | undefined;
  let isConnected = false;

  ended.promise.catch(() => {});

  // After an error nothing is known of what the next answer belongs to.
  client.on('error', (error: unknown) => finish(toError(error)));

  function finish(error: Error): void {
    if (end === undefined) {
      end = error;
      client.destroy();
      ended.reject(error);
      for (const listener of listeners) {
        listener();
      }
    }
  }

  function requireOpen(): void {
    if (end !== undefined) {
      throw toRedisError(end);
    }
  }

  /** What ended the connection says more than that it has ended. */
  function fail(error: unknown): never {
    throw toRedisError(end ?? error);
  }

  return {
    async connect() {
      const timer = setTimeout(() => finish(new Error('Connection timeout')), options.connectTimeoutMs);
      try {
        const connecting = client.connect();
        // A socket that is still being made escapes `destroy`.
        connecting.then(() => end !== undefined && client.destroy()).catch(() => {});
        await Promise.race([connecting, ended.promise]);
        isConnected = true;
      } catch (error) {
        finish(toError(error));
        throw toRedisError(error);
      } finally {
        clearTimeout(timer);
      }
    },
    async call(args) {
      requireOpen();
      // The library's own type says nothing of a command that it does not know.
      return client.sendCommand<Reply>(args).catch(fail);
    },
    async callForBytes(args) {
      requireOpen();
      return client.sendCommand<BytesReply>(args, bytes).catch(fail);
    },
    isOpen: () => isConnected && end === undefined,
    onEnd(listener) {
      listeners.push(listener);
    },
    close: (error = new Error('the connection was closed')) => finish(error),
  };
}

const bytes = { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer }, timeout: 0 };
