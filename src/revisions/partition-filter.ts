import { setTimeout as delay } from 'node:timers/promises';
import { countRejected } from './count-rejected.ts';
import type { EntityTable } from './entity-table.ts';
import { filterRecords, toDeadLetter } from './filter-records.ts';
import type { PartitionContext } from './partition-context.ts';
import type { PartitionHold, ReadRecords } from './partition-hold.ts';
import { withdrawRejected } from './withdraw-rejected.ts';

export interface PartitionFilterDeps extends PartitionContext {
  readonly hold: PartitionHold;
  /** As restored for this hold. */
  readonly table: EntityTable;
  readonly signal: AbortSignal;
}

/** Filters one partition as long as it is held: reads, decides, commits. */
export interface PartitionFilter {
  readonly isCommitting: boolean;
  readonly hasCommitted: boolean;
  /**
   * Ends when the signal aborts.
   *
   * @param first what was read from the start of the hold
   * @throws as the hold
   */
  run(first: ReadRecords): Promise<void>;
}

const readWaitMs = 1_000;

export function createPartitionFilter(deps: PartitionFilterDeps): PartitionFilter {
  const { topic, partition, hold, table, windowMs, commitIntervalMs, observer, clock, logger, signal } = deps;
  let isCommitting = false;
  let hasCommitted = false;

  async function run(first: ReadRecords): Promise<void> {
    let position = hold.startOffset;
    let read = first;
    let newestMs = 0;
    observer.position({ partition, position, entities: table.size });
    while (!signal.aborted) {
      const startedAt = clock.now();
      // The next records are read while these are written.
      const ahead = read.isFull ? readAhead(hold, read.nextOffset) : undefined;
      if (read.nextOffset > position) {
        newestMs = Math.max(newestMs, await filterAndCommit(read));
        position = read.nextOffset;
        table.forget(newestMs - windowMs);
      }
      observer.position({ partition, position, entities: table.size });
      if (signal.aborted) {
        return;
      }
      if (ahead === undefined && read.records.length > 0) {
        const restMs = Math.max(0, commitIntervalMs - (clock.now() - startedAt));
        await delay(restMs, undefined, { signal });
      }
      read = await (ahead ?? hold.readInput(position, readWaitMs));
    }
  }

  /** @returns the latest time of the records */
  async function filterAndCommit({ records, nextOffset }: ReadRecords): Promise<number> {
    const startedAt = clock.now();
    const context = { topic, partition, maxBodyBytes: hold.maxBodyBytes, nowMs: clock.epochMs() };
    const filtered = filterRecords(records, table, context);
    const { latest, latestSources, deadLetters, defects, timestampMs } = filtered;
    if (defects.length > 0) {
      logger.error({ err: defects[0], records: defects.length }, 'records could not be handled');
    }
    isCommitting = true;
    try {
      const rejected = await hold.commit({
        latest,
        deadLetters,
        nextOffset,
        toDeadLetter(index) {
          const source = latestSources[index];
          if (source === undefined) {
            throw new RangeError(`There is no record ${index}`);
          }
          return toDeadLetter(source, 'rejected_by_broker', context);
        },
      });
      hasCommitted = true;
      withdrawRejected(table, filtered, rejected);
      const counts = countRejected(filtered, rejected);
      const seconds = (clock.now() - startedAt) / 1000;
      observer.committed({ partition, filtered: { ...filtered, counts }, seconds });
    } finally {
      isCommitting = false;
    }
    return timestampMs;
  }

  return {
    get isCommitting() {
      return isCommitting;
    },
    get hasCommitted() {
      return hasCommitted;
    },
    run,
  };
}

/** A read whose result may never be needed, so its failure alone is no error. */
function readAhead(hold: PartitionHold, fromOffset: number): Promise<ReadRecords> {
  const reading = hold.readInput(fromOffset, readWaitMs);
  reading.catch(() => {});
  return reading;
}
