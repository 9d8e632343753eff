import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../runtime/logger.ts';
import { describeLogReset, type LogReset, type LogResetReason } from './decide-start.ts';
import {
  FencedError,
  type FilterStore,
  type GroupMembership,
  type PartitionLease,
  TransactionTimeoutError,
} from './filter-store.ts';
import { type FilterContext, PartitionFilter } from './partition-filter.ts';
import { restoreTable } from './restore-table.ts';

export type ProcessorState = 'acquiring' | 'restoring' | 'running' | 'fenced' | 'stopped';

interface PartitionProcessorDeps {
  readonly partition: number;
  readonly context: FilterContext;
  readonly store: Pick<FilterStore, 'acquire'> & { readonly group: Pick<GroupMembership, 'whenConfirmed'> };
  /** Delay in milliseconds after a failure before the partition is acquired again. The delay doubles up to 5 s. */
  readonly retryDelayMs: number;
}

const maxRetryDelayMs = 5_000;
/** Maximum time to finish a transaction during a shutdown. */
const shutdownTransactionMs = 10_000;

/** Acquires one partition and filters it until it is stopped. After a failure, it acquires the partition again. */
export class PartitionProcessor {
  readonly partition: number;
  readonly #deps: PartitionProcessorDeps;
  readonly #logger: Logger;
  readonly #stopped = new AbortController();
  readonly #running: Promise<void>;
  #state: ProcessorState = 'acquiring';
  #lease: PartitionLease | undefined;
  #filter: PartitionFilter | undefined;
  #failuresInARow = 0;
  /** Resets that were reported although the new start offset may not be committed yet. */
  readonly #reported = new Set<LogResetReason>();

  constructor(deps: PartitionProcessorDeps) {
    this.partition = deps.partition;
    this.#deps = deps;
    this.#logger = deps.context.logger.child({ partition: deps.partition });
    this.#running = this.#run(this.#stopped.signal);
  }

  get state(): ProcessorState {
    return this.#state;
  }

  /**
   * Stops writing, except that `finish` completes a transaction in flight. If the completion takes too long, the
   * transaction is abandoned, and the next owner of the partition aborts it.
   */
  async stop(how: 'finish' | 'at_once'): Promise<void> {
    this.#stopped.abort();
    if (how === 'at_once' || this.#filter?.isCommitting !== true) {
      this.#lease?.release();
    }
    const releaseTimer = setTimeout(() => this.#lease?.release(), shutdownTransactionMs);
    await this.#running;
    clearTimeout(releaseTimer);
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { context, store } = this.#deps;
    while (!signal.aborted) {
      try {
        this.#state = 'acquiring';
        const lease = await store.acquire(this.partition, signal, (reset) => this.#reportReset(reset));
        this.#lease = lease;
        this.#reported.clear();
        if (!signal.aborted) {
          await this.#restoreAndFilter(lease, signal);
        }
      } catch (error) {
        if (!signal.aborted) {
          this.#lease?.release();
          await this.#recover(error, signal);
        }
      } finally {
        this.#lease?.release();
        this.#lease = undefined;
        this.#filter = undefined;
      }
    }
    this.#state = 'stopped';
    context.progress.ended(this.partition);
  }

  /** Reports a reset once, even if several attempts to acquire the partition report it. */
  #reportReset(reset: LogReset): void {
    const { partition, context } = this.#deps;
    const { rules, observer } = context;
    if (!this.#reported.has(reset.reason)) {
      this.#reported.add(reset.reason);
      this.#logger.warn({ topic: rules.topics.events, ...reset }, describeLogReset(reset));
      observer.reset({ partition, reset });
    }
  }

  async #restoreAndFilter(lease: PartitionLease, signal: AbortSignal): Promise<void> {
    this.#state = 'restoring';
    // Only the first attempt logs at level `info`. `FilterProblems` already logs the reason for repeated failures at a
    // limited rate.
    const logLevel = this.#failuresInARow === 0 ? 'info' : 'debug';
    const { partition, context } = this.#deps;
    const { clock, rules } = context;
    const { windowMs } = rules;
    const logger = this.#logger;
    const table = await restoreTable({ lease, windowMs, clock, logger, logLevel, signal });
    this.#state = 'running';
    this.#filter = new PartitionFilter({ partition, context, lease, table, logger, signal });
    await this.#filter.run();
  }

  async #recover(failure: unknown, signal: AbortSignal): Promise<void> {
    const { partition, context, store } = this.#deps;
    if (this.#filter?.hasCommitted === true) {
      this.#failuresInARow = 0;
    }
    const reason = failure instanceof FencedError ? 'fenced' : 'error';
    context.observer.failed({ partition, reason });
    if (reason === 'fenced') {
      this.#state = 'fenced';
      this.#logger.warn(
        'another process has acquired the partition, so the last write of this process was rejected',
      );
      await store.group.whenConfirmed(signal).catch(() => {});
      return;
    }
    this.#state = 'acquiring';
    context.problems.observe(partition, failure);
    if (failure instanceof TransactionTimeoutError) {
      // The process may have been suspended for longer than the transaction timeout. If it lost the partition
      // meanwhile, it must not take the partition back from the new owner.
      await store.group.whenConfirmed(signal).catch(() => {});
    }
    const retryDelayMs = Math.min(this.#deps.retryDelayMs * 2 ** this.#failuresInARow, maxRetryDelayMs);
    this.#failuresInARow += 1;
    await delay(retryDelayMs, undefined, { signal }).catch(() => {});
  }
}
