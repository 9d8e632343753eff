import type { Socket } from 'node:net';
import { toError } from '../runtime/errors.ts';
import { openSocket, type RedisAccess } from './redis-access.ts';
import { RedisError, toRedisError } from './redis-error.ts';
import { type BytesReply, type Command, createRespReader, encodeCommands } from './resp.ts';

/** What a server answers: text, a number, nothing, an error inside a list, or a list. */
export type Reply = string | number | null | Error | readonly Reply[];

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

export interface RedisClientOptions {
  /** TCP, TLS and login. */
  readonly connectTimeoutMs: number;
  /** Of the answers to all that was asked together. */
  readonly maxAnswerBytes: number;
}

interface WaitingCommand {
  resolve(reply: BytesReply): void;
  reject(error: RedisError): void;
}

/**
 * The one door to a server. Nothing in it waits for more than the socket: whoever asks sets a time, and ends the connection
 * when it is over, which settles all that was asked.
 */
export function createRedisClient(access: RedisAccess, options: RedisClientOptions): RedisClient {
  const { connectTimeoutMs, maxAnswerBytes } = options;
  const reader = createRespReader({ maxBytes: maxAnswerBytes });
  const opened = Promise.withResolvers<void>();
  const listeners: (() => void)[] = [];
  let socket: Socket | undefined;
  let outgoing: Command[] = [];
  let waiting: WaitingCommand[] = [];
  let answered = 0;
  let isReady = false;
  let end: RedisError | undefined;

  opened.promise.catch(() => {});

  function finish(error: Error): void {
    if (end === undefined) {
      end = toRedisError(error);
      socket?.destroy();
      opened.reject(end);
      for (const { reject } of waiting.slice(answered)) {
        reject(end);
      }
      waiting = [];
      outgoing = [];
      for (const listener of listeners) {
        listener();
      }
    }
  }

  function ask<T>(args: Command, read: (reply: BytesReply) => T): Promise<T> {
    return new Promise((resolve, reject) => {
      if (end !== undefined) {
        reject(end);
        return;
      }
      waiting.push({ resolve: (reply) => resolve(read(reply)), reject });
      if (outgoing.push(args) === 1) {
        process.nextTick(write);
      }
    });
  }

  function write(): void {
    if (end === undefined) {
      const commands = outgoing;
      outgoing = [];
      socket?.write(encodeCommands(commands));
    }
  }

  function receive(bytes: Buffer): void {
    try {
      reader.read(bytes).forEach(settle);
    } catch (error) {
      finish(toError(error));
    }
  }

  function settle(reply: BytesReply): void {
    const command = waiting[answered];
    if (command === undefined) {
      // Before it closes a connection a server says why.
      throw reply instanceof Error ? reply : new RedisError('answer', 'an answer that nobody asked for');
    }
    answered += 1;
    if (answered === waiting.length) {
      waiting = [];
      answered = 0;
      reader.forget();
    }
    if (reply instanceof Error) {
      command.reject(toRedisError(reply));
    } else {
      command.resolve(reply);
    }
  }

  async function logIn(): Promise<void> {
    const { username, password, database } = access.address;
    const isNamed = username !== undefined || password !== undefined;
    await Promise.all([
      isNamed && ask(['AUTH', ...(username === undefined ? [] : [username]), password ?? ''], toText),
      database !== 0 && ask(['SELECT', String(database)], toText),
    ]);
  }

  return {
    async connect() {
      const timer = setTimeout(
        () => finish(new RedisError('timeout', `no connection within ${connectTimeoutMs} ms`)),
        connectTimeoutMs,
      );
      try {
        if (end === undefined) {
          socket = openSocket(access, { onOpen: opened.resolve, onBytes: receive, onEnd: finish });
        }
        await opened.promise;
        await logIn();
        isReady = true;
      } catch (error) {
        finish(toError(error));
        throw toRedisError(error);
      } finally {
        clearTimeout(timer);
      }
    },
    call: (args) => ask(args, toText),
    callForBytes: (args) => ask(args, (reply) => reply),
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

function toText(reply: BytesReply): Reply {
  if (Buffer.isBuffer(reply)) {
    return reply.toString();
  }
  return Array.isArray(reply) ? (reply as readonly BytesReply[]).map(toText) : (reply as Reply);
}
