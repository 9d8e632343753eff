import type { Socket } from 'node:net';
import { RedisClient as Client, RESP_TYPES } from '@redis/client';
import { captureSocket } from '../../runtime/capture-socket.ts';
import type { RedisAccess } from './redis-access.ts';
import { RedisError, toRedisError } from './redis-error.ts';

export type RedisCommand = readonly (string | Buffer)[];

/** A reply from the server: text, a number, null, a list, or an error within a list. */
export type RedisReply = string | number | null | Error | readonly RedisReply[];

/** Like `Reply`, with bytes instead of text. */
export type BytesReply = Buffer | string | number | null | Error | readonly BytesReply[];

/** A connection that is used until it fails. The connection never reconnects and never repeats a command. */
export interface RedisClient {
  /** Opens the connection with TCP, TLS and login. @throws {RedisError} */
  connect(): Promise<void>;
  /**
   * Sends a command. Commands from the same turn of the event loop are sent together, in call order.
   *
   * @throws {RedisError}
   */
  call(args: RedisCommand): Promise<RedisReply>;
  /** Sends a command like `call`, but returns binary values. */
  callForBytes(args: RedisCommand): Promise<BytesReply>;
  isOpen(): boolean;
  /** Calls the listener when the connection ends, or soon afterwards if the connection has already ended. */
  onEnd(listener: () => void): void;
  /** Closes the connection. Commands in flight immediately fail with this error. */
  close(error?: Error): void;
}

/**
 * Creates a client without connecting it. @redis/client implements the protocol, but its timeouts, reconnects and
 * offline queue are disabled. Callers enforce timeouts by closing the connection, which settles all commands in
 * flight.
 *
 * @param connectTimeoutMs time limit for TCP, TLS and login
 */
export function createRedisClient(access: RedisAccess, connectTimeoutMs: number): RedisClient {
  // `createClient` would create a class with four hundred commands, which takes 30 ms.
  const client = new Client({ ...toLoginOptions(access), ...protocolOptions });
  const openFailure = Promise.withResolvers<never>();
  const listeners: (() => void)[] = [];
  let socket: Socket | undefined;
  let isReady = false;
  let hasReceivedData = false;
  let end: RedisError | undefined;

  openFailure.promise.catch(() => {});
  client.on('error', endClient);

  function endClient(error: Error): void {
    if (end === undefined) {
      end = toRedisError(error);
      openFailure.reject(end);
      // @redis/client cannot close its socket before the TLS handshake is complete.
      socket?.destroy();
      client.destroy();
      for (const listener of listeners) {
        listener();
      }
    }
  }

  async function sendCommand<T>(args: RedisCommand, typeMapping: object): Promise<T> {
    if (end !== undefined) {
      throw end;
    }
    try {
      return await client.sendCommand<T>(args, { typeMapping });
    } catch (error) {
      throw end ?? toRedisError(error);
    }
  }

  function openClient(): Promise<unknown> {
    const { begun, socket: made } = captureSocket(() => client.connect());
    socket = made;
    // A server that has closed its side of the connection sends no more replies, even if it still reads requests.
    // Therefore, the connection is finished.
    socket?.on('end', () =>
      endClient(
        new Error(
          hasReceivedData || access.tls !== undefined
            ? 'the server closed the connection'
            : 'the server closed the connection before its first response: if the port requires TLS, use rediss:// in REDIS_URL',
        ),
      ),
    );
    socket?.on('error', endClient).on('close', () => endClient(new Error('the connection was lost')));
    socket?.once(access.tls === undefined ? 'connect' : 'secureConnect', () =>
      socket?.once('data', () => {
        hasReceivedData = true;
      }),
    );
    return begun;
  }

  return {
    async connect() {
      const timer = setTimeout(
        () =>
          endClient(new RedisError('timeout', `no connection was established within ${connectTimeoutMs} ms`)),
        connectTimeoutMs,
      );
      try {
        await Promise.race([openFailure.promise, ...(end === undefined ? [openClient()] : [])]);
        isReady = true;
      } catch (error) {
        endClient(error as Error);
        throw end;
      } finally {
        clearTimeout(timer);
      }
    },
    call: (args) => sendCommand<RedisReply>(args, textTypeMapping),
    callForBytes: (args) => sendCommand<BytesReply>(args, bufferTypeMapping),
    isOpen: () => isReady && end === undefined,
    onEnd(listener) {
      if (end === undefined) {
        listeners.push(listener);
      } else {
        queueMicrotask(listener);
      }
    },
    close: (error = new Error('the connection was closed')) => endClient(error),
  };
}

const textTypeMapping = {};
const bufferTypeMapping = { [RESP_TYPES.BLOB_STRING]: Buffer };

/**
 * Disables everything that @redis/client would send or do automatically. Also disables its command timeout, which
 * could drop commands from a transaction.
 */
const protocolOptions = {
  RESP: 2,
  disableClientInfo: true,
  disableOfflineQueue: true,
  maintNotifications: 'disabled',
  commandOptions: { timeout: 0 },
} as const;

function toLoginOptions({ address, tls }: RedisAccess) {
  const { host, port, database, username, password } = address;
  const socket = { host, port, connectTimeout: 0, reconnectStrategy: false } as const;
  return {
    database,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    socket: tls === undefined ? socket : { ...socket, tls: true as const, ...tls },
  };
}
