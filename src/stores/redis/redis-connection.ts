import type { RedisConfig } from '../../config/redis-config.ts';
import { defaultLaneSettings, type LaneConnection, type LaneSettings } from '../append/lane-store.ts';
import { type RedisAccessConfig, readRedisAccess } from './redis-access.ts';
import { createRedisClient, type RedisClient } from './redis-client.ts';
import { RedisError, toRedisError } from './redis-error.ts';
import { readServerFacts, readServerSettings, type ServerFacts } from './redis-server-info.ts';
import { type Confirmation, chooseConfirmation, listWrongRoles } from './validate-redis-server.ts';
import { confirm, type StreamBatch, writeBatches } from './write-batches.ts';

export interface RedisSettings extends LaneSettings {
  /** TCP and TLS. */
  readonly connectTimeoutMs: number;
  /** How long the server may wait for its disk and for replicas. */
  readonly confirmTimeoutMs: number;
  /** From a request to its answer; more than the server may wait. */
  readonly requestTimeoutMs: number;
  readonly checkIntervalMs: number;
}

export const defaultRedisSettings: RedisSettings = {
  ...defaultLaneSettings,
  // With appendfsync everysec an answer takes up to a second: all that came meanwhile has to go out together.
  maxFlushRecords: 5_000,
  maxFlushBytes: 8_000_000,
  connectTimeoutMs: 2_000,
  confirmTimeoutMs: 2_500,
  requestTimeoutMs: 3_000,
  checkIntervalMs: 60_000,
};

/** A connection to a primary that can confirm what the configuration promises. */
export interface RedisConnection extends LaneConnection {
  /** Settles within the request timeout. @returns for each batch why it is not known to be stored */
  write(batches: readonly StreamBatch[]): Promise<(RedisError | undefined)[]>;
}

export type RedisConnectionConfig = RedisAccessConfig & Pick<RedisConfig, 'replicas' | 'memoryOnly'>;

export type ConnectionTimes = Pick<
  RedisSettings,
  'connectTimeoutMs' | 'confirmTimeoutMs' | 'requestTimeoutMs'
>;

export function createRedisConnection(
  config: RedisConnectionConfig,
  { connectTimeoutMs, confirmTimeoutMs, requestTimeoutMs }: ConnectionTimes,
): RedisConnection {
  const { replicas } = config;
  let client: RedisClient | undefined;
  let confirmation: Confirmation = 'waitaof';
  let onEnd = () => {};
  let isClosed = false;
  let isExamined = false;

  /** Gives the work so long, then ends the connection: whatever it waits for fails. */
  async function limit<T>(timeoutMs: number, work: (client: RedisClient) => Promise<T>): Promise<T> {
    const current = client as RedisClient;
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      current.close();
    }, timeoutMs);
    try {
      const result = await work(current);
      if (!isLate) {
        return result;
      }
    } catch (error) {
      if (!isLate) {
        throw error;
      }
    } finally {
      clearTimeout(timer);
    }
    throw new RedisError('timeout', `no answer within ${timeoutMs} ms`);
  }

  /**
   * Asks the server before it is given records whether it can keep them: a batch that it takes and then does not confirm
   * is sent again, and is stored twice.
   */
  async function examine(current: RedisClient): Promise<void> {
    const facts = await readServerFacts(current);
    if (facts !== undefined) {
      rejectUnready(facts);
    }
    const settings = await readServerSettings(current);
    confirmation = chooseConfirmation(config, { facts, settings });
    const missing = await confirm(current, { confirmation, replicas, confirmTimeoutMs });
    if (missing !== undefined) {
      throw missing;
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
        await limit(requestTimeoutMs, examine);
        isExamined = true;
      } catch (error) {
        client.close();
        throw error;
      }
    },
    isOpen: () => isExamined && client?.isOpen() === true,
    onEnd(listener) {
      onEnd = listener;
    },
    throttledUntil: () => 0,
    async write(batches) {
      const options = { confirmation, replicas, confirmTimeoutMs };
      try {
        return await limit(requestTimeoutMs, (current) => writeBatches(current, batches, options));
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

function rejectUnready(facts: ServerFacts): void {
  if (facts.isLoading) {
    throw new RedisError('busy', 'it is still loading its data');
  }
  for (const wrong of listWrongRoles(facts)) {
    throw new RedisError('role', wrong);
  }
}
