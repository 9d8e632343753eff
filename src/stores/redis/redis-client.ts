import type { Socket } from 'node:net';
import { RedisClient as Client, RESP_TYPES } from '@redis/client';
import { catchSocket } from '../../runtime/catch-socket.ts';
import type { RedisAccess } from './redis-access.ts';
import { RedisError, toRedisError } from './redis-error.ts';

export type Command = readonly (string | Buffer)[];

/** What a server answers: text, a number, nothing, an error inside a list, or a list. */
export type Reply = string | number | null | Error | readonly Reply[];

/** As `Reply`, with bytes in the place of text. */
export type BytesReply = Buffer | string | number | null | Error | readonly BytesReply[];

/** One connection that is used until it fails, and never mended: what was asked of it is not asked again. */
export interface RedisClient {
  /** TCP, TLS and login. @throws {RedisError} */
  connect(): Promise<void>;
  /** Commands of one turn of the event loop go out together, in this order. @throws {RedisError} */
  call(args: Command): Promise<Reply>;
  /** As `call`, for values that may be any bytes. */
  callForBytes(args: Command): Promise<BytesReply>;
  isOpen(): boolean;
  /** Also heard when it has ended already. */
  onEnd(listener: () => void): void;
  /** What is under way fails with this error, at once. */
  close(error?: Error): void;
}

/**
 * The one door to a server. @redis/client speaks; how long a connection lives is decided here: it waits for nothing by
 * itself, makes no connection anew, and keeps no command for a later one. Whoever asks sets a time, and ends the connection
 * when it is over, which settles all that was asked.
 *
 * @param connectTimeoutMs for TCP, TLS and login
 */
export function createRedisClient(access: RedisAccess, connectTimeoutMs: number): RedisClient {
  // createClient would make a class of four hundred commands for it, which takes 30 ms.
  const client = new Client({ ...toLogin(access), ...speech });
  const opening = Promise.withResolvers<never>();
  const listeners: (() => void)[] = [];
  let socket: Socket | undefined;
  let isReady = false;
  let isHeard = false;
  let end: RedisError | undefined;
  const hint = access.tls === undefined ? '; if its port speaks TLS, give rediss:// in REDIS_URL' : '';

  opening.promise.catch(() => {});
  client.on('error', finish);

  function finish(error: Error): void {
    if (end === undefined) {
      end = toRedisError(error);
      opening.reject(end);
      // @redis/client has no hold of its socket before TLS stands.
      socket?.destroy();
      client.destroy();
      for (const listener of listeners) {
        listener();
      }
    }
  }

  async function ask<T>(args: Command, typeMapping: object): Promise<T> {
    if (end !== undefined) {
      throw end;
    }
    try {
      return await client.sendCommand<T>(args, { typeMapping });
    } catch (error) {
      throw end ?? toRedisError(error);
    }
  }

  function open(): Promise<unknown> {
    const { begun, socket: made } = catchSocket(() => client.connect());
    socket = made;
    // A peer that has ended its half answers nothing more, whether or not it reads.
    socket?.on('end', () => finish(new Error(`the server ended the connection${isHeard ? '' : hint}`)));
    socket?.on('error', finish).on('close', () => finish(new Error('the connection was lost')));
    socket?.once(access.tls === undefined ? 'connect' : 'secureConnect', () =>
      socket?.once('data', () => {
        isHeard = true;
      }),
    );
    return begun;
  }

  return {
    async connect() {
      const timer = setTimeout(
        () => finish(new RedisError('timeout', `no connection within ${connectTimeoutMs} ms`)),
        connectTimeoutMs,
      );
      try {
        await Promise.race([opening.promise, ...(end === undefined ? [open()] : [])]);
        isReady = true;
      } catch (error) {
        finish(error as Error);
        throw end;
      } finally {
        clearTimeout(timer);
      }
    },
    call: (args) => ask<Reply>(args, asText),
    callForBytes: (args) => ask<BytesReply>(args, asBytes),
    isOpen: () => isReady && end === undefined,
    onEnd(listener) {
      if (end === undefined) {
        listeners.push(listener);
      } else {
        queueMicrotask(listener);
      }
    },
    close: (error = new Error('the connection was closed')) => finish(error),
  };
}

const asText = {};
const asBytes = { [RESP_TYPES.BLOB_STRING]: Buffer };

/** Nothing is asked of a server beside what this program asks, and nothing is left out of a transaction for its age. */
const speech = {
  RESP: 2,
  disableClientInfo: true,
  disableOfflineQueue: true,
  maintNotifications: 'disabled',
  commandOptions: { timeout: 0 },
} as const;

function toLogin({ address, tls }: RedisAccess) {
  const { host, port, database, username, password } = address;
  const socket = { host, port, connectTimeout: 0, reconnectStrategy: false } as const;
  return {
    database,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    socket: tls === undefined ? socket : { ...socket, tls: true as const, ...tls },
  };
}
