import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import type { EntityTable } from './entity-table.ts';
import { filterRecords, toDeadLetter, toTimestamp } from './filter-records.ts';
import { describeLogReset } from './log-reset.ts';
import { type AcquireHold, FencedError, type PartitionHold, type ReadRecords } from './partition-hold.ts';
import type { ProcessorObserver } from './processor-observer.ts';
import { restoreTable } from './restore-table.ts';

export type ProcessorState = 'acquiring' | 'restoring' | 'running' | 'fenced' | 'stopped';

export interface PartitionProcessor {
  readonly partition: number;
  readonly state: ProcessorState;
  /** Writes nothing more from now on, but for `finish`: a transaction under way is completed. */
  stop(how: 'finish' | 'at_once'): Promise<void>;
}

export interface PartitionProcessorDeps {
  readonly topic: string;
  readonly partition: number;
  readonly acquire: AcquireHold;
  /** Resolves once the group has said anew that the partition is still ours. */
  readonly whenOwner: (signal: AbortSignal) => Promise<void>;
  /** How long an entity is remembered. */
  readonly windowMs: number;
  /** Records that trickle in are gathered for so long. */
  readonly commitIntervalMs: number;
  /** How long after a failure the partition is taken anew; doubles up to 5 s. */
  readonly retryDelayMs: number;
  readonly observer: ProcessorObserver;
  readonly clock: Clock;
  readonly logger: Logger;
}

const readWaitMs = 1_000;
const maxRetryDelayMs = 5_000;
const progressIntervalMs = 2_000;

/** Takes one partition over and filters it until it is stopped; after any failure it takes it over anew. */
export function startPartitionProcessor(deps: PartitionProcessorDeps): PartitionProcessor {
  const { topic, partition, acquire, whenOwner, windowMs, commitIntervalMs, observer, clock } = deps;
  const logger = deps.logger.child({ partition });
  const stopped = new AbortController();
  let state: ProcessorState = 'acquiring';
  let current: PartitionHold | undefined;
  let committing = false;
  let retryDelayMs = deps.retryDelayMs;

  async function run(): Promise<void> {
    while (!stopped.signal.aborted) {
      try {
        state = 'acquiring';
        current = await acquire(partition, stopped.signal);
        sayResets(current);
        if (!stopped.signal.aborted) {
          await restoreAndFilter(current);
        }
      } catch (error) {
        if (!stopped.signal.aborted) {
          current?.release();
          await recover(error);
        }
      } finally {
        current?.release();
        current = undefined;
      }
    }
    state = 'stopped';
    observer.ended(partition);
  }

  function sayResets({ resets }: PartitionHold): void {
    for (const reset of resets) {
      logger.warn({ topic, ...reset }, describeLogReset(reset));
      observer.reset({ partition, reset });
    }
  }

  async function recover(failure: unknown): Promise<void> {
    const reason = failure instanceof FencedError ? 'fenced' : 'error';
    observer.failed({ partition, reason });
    if (reason === 'fenced') {
      state = 'fenced';
      logger.warn('another process has taken the partition over, its writes of here were refused');
      await whenOwner(stopped.signal).catch(() => {});
      return;
    }
    state = 'acquiring';
    observer.trouble({ partition, error: failure });
    await delay(retryDelayMs, undefined, { signal: stopped.signal }).catch(() => {});
    retryDelayMs = Math.min(retryDelayMs * 2, maxRetryDelayMs);
  }

  async function restoreAndFilter(hold: PartitionHold): Promise<void> {
    state = 'restoring';
    const first = await hold.readInput(hold.startOffset, 0);
    const table = await restore(hold, first);
    state = 'running';
    observer.position({ partition, position: hold.startOffset, entities: table.size });
    await filter(hold, table, first);
  }

  /** From the time of the next record on, not from now: after a long stand the backlog is as old as it was. */
  async function restore(hold: PartitionHold, { records: [next] }: ReadRecords): Promise<EntityTable> {
    const startedAt = clock.now();
    const newestMs = next === undefined ? startedAt : toTimestamp(next, startedAt);
    let saidAt = startedAt;
    const table = await restoreTable(hold, {
      fromTimestampMs: Math.max(0, newestMs - windowMs),
      nowMs: startedAt,
      signal: stopped.signal,
      onProgress(progress) {
        if (clock.now() - saidAt >= progressIntervalMs) {
          saidAt = clock.now();
          logger.info(progress, 'restoring');
        }
      },
    });
    const seconds = (clock.now() - startedAt) / 1000;
    // Of one failure after the other the cause is said, elsewhere and seldom.
    const level = retryDelayMs === deps.retryDelayMs ? 'info' : 'debug';
    logger[level]({ entities: table.size, seconds, startOffset: hold.startOffset }, 'restored');
    observer.restored({ partition, entities: table.size, seconds });
    return table;
  }

  async function filter(hold: PartitionHold, table: EntityTable, first: ReadRecords): Promise<void> {
    let position = hold.startOffset;
    let read = first;
    let newestMs = 0;
    while (!stopped.signal.aborted) {
      const startedAt = clock.now();
      // What comes next is read while this is written.
      const ahead = read.isFull ? readQuietly(hold, read.nextOffset) : undefined;
      if (read.nextOffset > position) {
        newestMs = Math.max(newestMs, await commit(hold, table, read));
        position = read.nextOffset;
        table.forget(newestMs - windowMs);
      }
      observer.position({ partition, position, entities: table.size });
      if (stopped.signal.aborted) {
        return;
      }
      if (ahead === undefined && read.records.length > 0) {
        const restMs = Math.max(0, commitIntervalMs - (clock.now() - startedAt));
        await delay(restMs, undefined, { signal: stopped.signal });
      }
      read = await (ahead ?? hold.readInput(position, readWaitMs));
    }
  }

  async function commit(hold: PartitionHold, table: EntityTable, read: ReadRecords): Promise<number> {
    const startedAt = clock.now();
    const context = { topic, partition, maxBodyBytes: hold.maxBodyBytes, nowMs: startedAt };
    const filtered = filterRecords(read.records, table, context);
    const { latest, latestSources, deadLetters, defects } = filtered;
    if (defects.length > 0) {
      logger.error({ err: defects[0], records: defects.length }, 'records could not be handled');
    }
    committing = true;
    try {
      const refused = await hold.commit({
        latest,
        deadLetters,
        nextOffset: read.nextOffset,
        toDeadLetter(index) {
          const source = latestSources[index];
          if (source === undefined) {
            throw new RangeError(`There is no record ${index}`);
          }
          return toDeadLetter(source, 'rejected_by_broker', context);
        },
      });
      retryDelayMs = deps.retryDelayMs;
      observer.committed({ partition, filtered, refused, seconds: (clock.now() - startedAt) / 1000 });
    } finally {
      committing = false;
    }
    return filtered.timestampMs;
  }

  const running = run();
  return {
    partition,
    get state() {
      return state;
    },
    async stop(how) {
      stopped.abort();
      if (how === 'at_once' || !committing) {
        current?.release();
      }
      await running;
    },
  };
}

/** A read that may never be waited for. */
function readQuietly(hold: PartitionHold, fromOffset: number): Promise<ReadRecords> {
  const reading = hold.readInput(fromOffset, readWaitMs);
  reading.catch(() => {});
  return reading;
}
