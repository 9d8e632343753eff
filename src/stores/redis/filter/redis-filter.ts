import { setTimeout as delay } from 'node:timers/promises';
import type { RedisConfig } from '../../../config/redis-config.ts';
import type { Filter, FilterObserver } from '../../../filter/filter.ts';
import { Backoff } from '../../../runtime/backoff.ts';
import type { Clock } from '../../../runtime/clock.ts';
import { describeError } from '../../../runtime/errors.ts';
import type { Logger } from '../../../runtime/logger.ts';
import { openRedis } from '../open-redis.ts';
import type { StreamEntries } from '../read-stream.ts';
import { describeRedisUrl } from '../redis-access.ts';
import { toStreamNames } from '../topic-streams.ts';
import { applyEntries } from './apply-entries.ts';
import type { ApplyContext } from './apply-entry.ts';
import { createEntryGroup } from './entry-group.ts';

export interface RedisFilterDeps {
  readonly config: RedisConfig;
  readonly topics: ApplyContext['topics'];
  readonly groupId: string;
  /** Name of this member of the group. */
  readonly consumer: string;
  /** A member that has not acknowledged for so long is taken for dead. */
  readonly sessionTimeoutMs: number;
  readonly windowMs: number;
  readonly observer: FilterObserver;
  readonly clock: Clock;
  readonly logger: Logger;
}

const waitMs = 1_000;
const lagIntervalMs = 2_000;
const retryDelayMs = { first: 200, last: 5_000 };

/**
 * The revision filter on streams: a member of a consumer group that keeps the latest state of each entity in a hash. Each
 * entry is one atomic step, so any number of members may work side by side, and one may die at any time.
 */
export function createRedisFilter(deps: RedisFilterDeps): Filter {
  const { config, topics, groupId, consumer, sessionTimeoutMs, windowMs, observer, clock, logger } = deps;
  const streams = toStreamNames(topics.events, config.streamCount);
  const server = describeRedisUrl(config);
  const stopping = new AbortController();
  const { signal } = stopping;
  const backoff = new Backoff(retryDelayMs);
  let problem: string | undefined = `${server} has not answered yet`;
  let logged: string | undefined;
  let held: { readonly reason: string; readonly until: number } | undefined;
  let running = Promise.resolve();

  /** One connection, until it fails or the filter is stopped. */
  async function work(): Promise<void> {
    const client = await openRedis(config);
    const group = createEntryGroup({ client, streams, group: groupId, consumer });
    let claimAt = 0;
    let lagAt = 0;

    async function apply(batches: readonly StreamEntries[]): Promise<number> {
      let count = 0;
      for (const { stream, entries } of batches) {
        count += entries.length;
        const startedAt = clock.now();
        const partition = streams.indexOf(stream);
        const context = { stream, group: groupId, topics, partition, windowMs, nowMs: clock.epochMs() };
        const { counts, outcomes, failures, held: names } = await applyEntries(client, entries, context);
        hold(partition, names);
        if (failures.length > 0) {
          logger.error({ err: failures[0], records: failures.length }, 'records could not be handled');
        }
        if (entries.length > 0) {
          const seconds = (clock.now() - startedAt) / 1_000;
          const header = (index: number, name: string) => entries[index]?.headers[name];
          observer.committed({ partition, counts, seconds, outcomes, header });
        }
      }
      return count;
    }

    try {
      await group.create();
      logger.info({ server, streams, group: groupId, consumer }, 'filtering');
      for await (const page of group.readAgain()) {
        await apply(page);
      }
      while (!signal.aborted) {
        if (clock.now() >= claimAt && (await apply(await group.claim(sessionTimeoutMs))) === 0) {
          claimAt = clock.now() + sessionTimeoutMs / 3;
        }
        if (clock.now() >= lagAt) {
          for (const [stream, lag] of await group.readLags()) {
            observer.lag(streams.indexOf(stream), lag);
          }
          lagAt = clock.now() + lagIntervalMs;
        }
        await apply(await group.read(waitMs));
        problem = undefined;
        logged = undefined;
        backoff.reset();
      }
      await group.leave();
    } finally {
      client.close();
    }
  }

  /** Each of them is tried again once it may be claimed: one that is held still is heard of before `until`. */
  function hold(partition: number, names: readonly string[]): void {
    const [reason] = names;
    if (reason !== undefined) {
      if (describeHeld() !== reason) {
        logger.error({ partition, records: names.length }, `entries wait, the others go on: ${reason}`);
      }
      held = { reason, until: clock.now() + 3 * sessionTimeoutMs };
      observer.failed({ partition, reason: 'error' });
    }
  }

  const describeHeld = () => (held !== undefined && clock.now() < held.until ? held.reason : undefined);

  async function run(): Promise<void> {
    while (!signal.aborted) {
      try {
        await work();
      } catch (error) {
        problem = `${server}: ${describeError(error)}`;
        if (!signal.aborted) {
          logger[problem === logged ? 'debug' : 'warn']({ err: error }, 'Redis keeps the filter waiting');
          logged = problem;
          for (const partition of streams.keys()) {
            observer.failed({ partition, reason: 'error' });
            observer.lag(partition, undefined);
          }
          await delay(backoff.next(), undefined, { signal }).catch(() => {});
        }
      }
    }
  }

  return {
    checks: [
      {
        name: 'redis',
        check: () => ({ ok: problem === undefined, detail: problem ?? describeHeld() ?? '' }),
      },
    ],
    start() {
      running = run();
      return new Promise(() => {});
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
