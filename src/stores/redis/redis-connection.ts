import type { RedisConfig } from '../../config/redis-config.ts';
import { defaultLaneSettings, type LaneConnection, type LaneSettings } from '../append/lane-store.ts';
import { type RedisAccessConfig, readRedisAccess } from './redis-access.ts';
import { createRedisClient, type RedisClient } from './redis-client.ts';
import { RedisError, toRedisError } from './redis-error.ts';
import { readServerFacts, readServerSettings, type ServerFacts } from './redis-server-info.ts';
import { type Confirmation, chooseConfirmation, listWrongRoles } from './validate-redis-server.ts';
import { confirmWrites, type StreamBatch, writeBatches } from './write-batches.ts';

export interface RedisSettings extends LaneSettings {
  /** Time limit in milliseconds for TCP, TLS and login. */
  readonly connectTimeoutMs: number;
  /** Maximum time in milliseconds that the server may wait for its disk and its replicas. */
  readonly confirmTimeoutMs: number;
  /** Maximum time in milliseconds from a request to its response, which must be longer than `confirmTimeoutMs`. */
  readonly requestTimeoutMs: number;
  readonly checkIntervalMs: number;
}

export const defaultRedisSettings: RedisSettings = {
  ...defaultLaneSettings,
  // With `appendfsync everysec`, a response can take a second. All records that arrive during that second must fit into
  // one request.
  maxFlushRecords: 5_000,
  maxFlushBytes: 8_000_000,
  connectTimeoutMs: 2_000,
  confirmTimeoutMs: 2_500,
  requestTimeoutMs: 3_000,
  checkIntervalMs: 60_000,
};

/** A connection to a primary that can provide the durability that the configuration requires. */
export interface RedisConnection extends LaneConnection {
  /** Writes batches. Settles within `requestTimeoutMs`. @returns an error for each batch that may not have been stored */
  write(batches: readonly StreamBatch[]): Promise<(RedisError | undefined)[]>;
}

export type RedisConnectionConfig = RedisAccessConfig & Pick<RedisConfig, 'replicas' | 'memoryOnly'>;

export function createRedisConnection(
  config: RedisConnectionConfig,
  { connectTimeoutMs, confirmTimeoutMs, requestTimeoutMs }: RedisSettings,
): RedisConnection {
  const { replicas } = config;
  let client: RedisClient | undefined;
  let confirmation: Confirmation = 'waitaof';
  let onEnd = () => {};
  let isClosed = false;
  let isVerified = false;

  /** Runs work with a timeout, after which the connection is closed so that all pending commands fail. */
  async function withTimeout<T>(timeoutMs: number, work: (client: RedisClient) => Promise<T>): Promise<T> {
    const currentClient = client as RedisClient;
    let hasTimedOut = false;
    const timer = setTimeout(() => {
      hasTimedOut = true;
      currentClient.close();
    }, timeoutMs);
    try {
      const result = await work(currentClient);
      if (!hasTimedOut) {
        return result;
      }
    } catch (error) {
      if (!hasTimedOut) {
        throw error;
      }
    } finally {
      clearTimeout(timer);
    }
    throw new RedisError('timeout', `the server did not respond within ${timeoutMs} ms`);
  }

  /**
   * Checks before the first record that the server can provide the required durability. If the server wrote a batch
   * without confirming it, the batch would be sent again and stored twice.
   */
  async function verifyServer(current: RedisClient): Promise<void> {
    const facts = await readServerFacts(current);
    if (facts !== undefined) {
      assertReady(facts);
    }
    const settings = await readServerSettings(current);
    confirmation = chooseConfirmation(config, { facts, settings });
    const confirmationError = await confirmWrites(current, { confirmation, replicas, confirmTimeoutMs });
    if (confirmationError !== undefined) {
      throw confirmationError;
    }
  }

  return {
    async connect() {
      const access = await readRedisAccess(config, connectTimeoutMs);
      client = createRedisClient(access, connectTimeoutMs);
      client.onEnd(onEnd);
      if (isClosed) {
        client.close();
      }
      try {
        await client.connect();
        await withTimeout(requestTimeoutMs, verifyServer);
        isVerified = true;
      } catch (error) {
        client.close();
        throw error;
      }
    },
    isOpen: () => isVerified && client?.isOpen() === true,
    onEnd(listener) {
      onEnd = listener;
    },
    throttledUntil: () => 0,
    async write(batches) {
      const options = { confirmation, replicas, confirmTimeoutMs };
      try {
        return await withTimeout(requestTimeoutMs, (current) => writeBatches(current, batches, options));
      } catch (error) {
        return batches.map(() => toRedisError(error));
      }
    },
    close() {
      isClosed = true;
      client?.close();
    },
  };
}

function assertReady(facts: ServerFacts): void {
  if (facts.isLoading) {
    throw new RedisError('busy', 'the server is still loading its data');
  }
  for (const roleProblem of listWrongRoles(facts)) {
    throw new RedisError('role', roleProblem);
  }
}
