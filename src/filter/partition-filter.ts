import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import type { EntityTable } from './entity-table.ts';
import type { FilterRules, PartitionObserver } from './filter.ts';
import type { FilterProblems } from './filter-problems.ts';
import {
  type FilterReason,
  filterRecords,
  requireForwardedRecord,
  revertRejectedRevisions,
} from './filter-records.ts';
import type { PartitionLease, PartitionReadResult } from './filter-store.ts';
import type { LogRecord } from './log-record.ts';
import { findHeader, type OutputRecord, toDeadLetterHeaders, toLatestState } from './output-record.ts';
import type { ProgressWatch } from './progress-watch.ts';

/** The parts of a filter that all its partitions share. */
export interface FilterContext {
  readonly rules: FilterRules;
  /** Maximum time for which a small number of records waits for further records before a commit. */
  readonly commitIntervalMs: number;
  readonly progress: Pick<ProgressWatch, 'moved' | 'ended'>;
  /** Receives the reason why a partition is blocked. The next reported position clears the reason. */
  readonly problems: Pick<FilterProblems, 'observe'>;
  readonly observer: Pick<PartitionObserver, 'committed' | 'failed' | 'reset'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface PartitionFilterDeps {
  readonly partition: number;
  readonly context: FilterContext;
  readonly lease: PartitionLease;
  readonly table: EntityTable;
  /** Logs the partition in each line. */
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

const maxReadWaitMs = 1_000;

/** The part of a read result that is kept after the records are committed. */
interface UncommittedReadResult extends Pick<PartitionReadResult, 'nextOffset'> {
  readonly atMs: number;
  /**
   * Whether the next read is likely to return immediately, because the current read returned records or did not reach
   * the end of the log.
   */
  readonly willReturnImmediately: boolean;
  readonly ahead: Promise<PartitionReadResult> | undefined;
}

/**
 * Filters one partition while this process has the lease of it. Reads records, decides on them, and commits the result.
 */
export class PartitionFilter {
  readonly #deps: PartitionFilterDeps;
  #newestMs = 0;
  #isCommitting = false;
  #hasCommitted = false;

  constructor(deps: PartitionFilterDeps) {
    this.#deps = deps;
  }

  get isCommitting(): boolean {
    return this.#isCommitting;
  }

  get hasCommitted(): boolean {
    return this.#hasCommitted;
  }

  /**
   * Runs until the signal aborts.
   *
   * @throws the errors of the lease
   */
  async run(): Promise<void> {
    const { partition, context, lease, table, signal } = this.#deps;
    const { commitIntervalMs, progress, clock } = context;
    let position = lease.startOffset;
    let prefetchPromise: Promise<PartitionReadResult> | undefined;
    progress.moved({ partition, position, entities: table.size });
    while (!signal.aborted) {
      const readResult = await this.#filterRead(
        prefetchPromise ?? lease.readInput(position, maxReadWaitMs),
        position,
      );
      if (readResult === undefined) {
        return;
      }
      position = readResult.nextOffset;
      progress.moved({ partition, position, entities: table.size });
      if (signal.aborted) {
        return;
      }
      if (readResult.ahead === undefined && readResult.willReturnImmediately) {
        const remainingWaitMs = Math.max(0, commitIntervalMs - (clock.now() - readResult.atMs));
        await delay(remainingWaitMs, undefined, { signal });
      }
      prefetchPromise = readResult.ahead;
    }
  }

  /**
   * Processes the result of one read. This is a separate method, so that the records are not kept in memory during a
   * long wait for the next ones.
   *
   * @returns `undefined` if the signal was aborted
   */
  async #filterRead(
    reading: Promise<PartitionReadResult>,
    position: number,
  ): Promise<UncommittedReadResult | undefined> {
    const { context, lease, table, signal } = this.#deps;
    const readResult = await reading;
    if (signal.aborted) {
      return undefined;
    }
    const { records, nextOffset, endOffset, isFull } = readResult;
    const willReturnImmediately = records.length > 0 || nextOffset < endOffset;
    const facts = { atMs: context.clock.now(), nextOffset, willReturnImmediately };
    // The next records are read while the current records are being written.
    const prefetchPromise = isFull ? startPrefetch(lease, nextOffset) : undefined;
    if (nextOffset > position) {
      this.#newestMs = Math.max(this.#newestMs, await this.#filterAndCommit(readResult));
      table.forget(this.#newestMs - context.rules.windowMs);
    }
    return { ...facts, ahead: prefetchPromise };
  }

  /** @returns the latest timestamp of the records */
  async #filterAndCommit({ records, nextOffset }: PartitionReadResult): Promise<number> {
    const { partition, context, lease, table, logger } = this.#deps;
    const { observer, clock } = context;
    const startedAt = clock.now();
    const nowMs = clock.epochMs();
    const filteredRecords = filterRecords(records, table, {
      isTooLarge: ({ body }) => body.length > lease.maxBodyBytes,
      nowMs,
    });
    const { passed, deadLetters, outcomes, failures } = filteredRecords;
    if (failures.length > 0) {
      logger.error(
        { err: failures[0], records: failures.length },
        'records could not be processed and are stored as dead letters',
      );
    }
    this.#isCommitting = true;
    try {
      const rejectedIndexes = await lease.commit({
        latest: passed.map(toLatestState),
        deadLetters: deadLetters.map(({ record, reason }) => this.#toDeadLetter(record, reason, nowMs)),
        nextOffset,
        toDeadLetter: (index) =>
          this.#toDeadLetter(requireForwardedRecord(passed, index).record, 'rejected_by_broker', nowMs),
      });
      this.#hasCommitted = true;
      revertRejectedRevisions(table, filteredRecords, rejectedIndexes);
      const seconds = (clock.now() - startedAt) / 1000;
      const header = (index: number, name: string) => records[index] && findHeader(records[index], name);
      observer.committed({ partition, seconds, outcomes, header });
    } finally {
      this.#isCommitting = false;
    }
    return filteredRecords.timestampMs;
  }

  #toDeadLetter(record: LogRecord, reason: FilterReason, nowMs: number): OutputRecord {
    const { partition, context } = this.#deps;
    const { rules } = context;
    const { key, value, offset } = record;
    const source = { topic: rules.topics.events, partition, offset };
    const headers = toDeadLetterHeaders(record, reason, { source, headerRules: rules.headerRules, nowMs });
    return { timestampMs: nowMs, key, value, headers };
  }
}

/** Starts a read whose result may never be needed. A failed read must therefore not cause an unhandled rejection. */
function startPrefetch(lease: PartitionLease, fromOffset: number): Promise<PartitionReadResult> {
  const pendingRead = lease.readInput(fromOffset, maxReadWaitMs);
  pendingRead.catch(() => {});
  return pendingRead;
}
