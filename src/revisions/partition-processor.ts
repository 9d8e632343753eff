import { setTimeout as delay } from 'node:timers/promises';
import { describeLogReset } from './log-reset.ts';
import type { PartitionContext } from './partition-context.ts';
import { createPartitionFilter, type PartitionFilter } from './partition-filter.ts';
import { type AcquireHold, FencedError, type PartitionHold } from './partition-hold.ts';
import { restorePartition } from './restore-partition.ts';

export type ProcessorState = 'acquiring' | 'restoring' | 'running' | 'fenced' | 'stopped';

export interface PartitionProcessor {
  readonly partition: number;
  readonly state: ProcessorState;
  /** Nothing more is written after this call, except that `finish` completes a transaction under way. */
  stop(how: 'finish' | 'at_once'): Promise<void>;
}

export interface PartitionProcessorDeps extends PartitionContext {
  readonly acquire: AcquireHold;
  /** Resolves when the group has confirmed again that this process has the partition. */
  readonly whenOwner: (signal: AbortSignal) => Promise<void>;
  /** Time after a failure until the partition is acquired again; doubles up to 5 s. */
  readonly retryDelayMs: number;
}

const maxRetryDelayMs = 5_000;

/** Acquires one partition and filters it until it is stopped. After a failure it acquires the partition again. */
export function startPartitionProcessor(deps: PartitionProcessorDeps): PartitionProcessor {
  const { topic, partition, acquire, whenOwner, observer } = deps;
  const logger = deps.logger.child({ partition });
  const stopped = new AbortController();
  const { signal } = stopped;
  let state: ProcessorState = 'acquiring';
  let hold: PartitionHold | undefined;
  let filter: PartitionFilter | undefined;
  let failuresInARow = 0;

  async function run(): Promise<void> {
    while (!signal.aborted) {
      try {
        state = 'acquiring';
        hold = await acquire(partition, signal);
        reportResets(hold);
        if (!signal.aborted) {
          await restoreAndFilter(hold);
        }
      } catch (error) {
        if (!signal.aborted) {
          hold?.release();
          await recover(error);
        }
      } finally {
        hold?.release();
        hold = undefined;
        filter = undefined;
      }
    }
    state = 'stopped';
    observer.ended(partition);
  }

  function reportResets({ resets }: PartitionHold): void {
    for (const reset of resets) {
      logger.warn({ topic, ...reset }, describeLogReset(reset));
      observer.reset({ partition, reset });
    }
  }

  async function restoreAndFilter(held: PartitionHold): Promise<void> {
    state = 'restoring';
    const first = await held.readInput(held.startOffset, 0);
    // The reason of repeated failures is logged elsewhere, less often.
    const logLevel = failuresInARow === 0 ? 'info' : 'debug';
    const table = await restorePartition({
      ...deps,
      hold: held,
      next: first.records[0],
      logger,
      logLevel,
      signal,
    });
    state = 'running';
    filter = createPartitionFilter({ ...deps, hold: held, table, logger, signal });
    await filter.run(first);
  }

  async function recover(failure: unknown): Promise<void> {
    if (filter?.hasCommitted === true) {
      failuresInARow = 0;
    }
    const reason = failure instanceof FencedError ? 'fenced' : 'error';
    observer.failed({ partition, reason });
    if (reason === 'fenced') {
      state = 'fenced';
      logger.warn('another process has acquired the partition, so the last write here was refused');
      await whenOwner(signal).catch(() => {});
      return;
    }
    state = 'acquiring';
    observer.blocked({ partition, error: failure });
    const retryDelayMs = Math.min(deps.retryDelayMs * 2 ** failuresInARow, maxRetryDelayMs);
    failuresInARow += 1;
    await delay(retryDelayMs, undefined, { signal }).catch(() => {});
  }

  const running = run();
  return {
    partition,
    get state() {
      return state;
    },
    async stop(how) {
      stopped.abort();
      if (how === 'at_once' || filter?.isCommitting !== true) {
        hold?.release();
      }
      await running;
    },
  };
}
