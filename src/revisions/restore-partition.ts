import type { EntityTable } from './entity-table.ts';
import { toTimestamp } from './filter-records.ts';
import type { LogRecord } from './log-record.ts';
import type { PartitionContext } from './partition-context.ts';
import type { PartitionHold } from './partition-hold.ts';
import { restoreTable } from './restore-table.ts';

export interface RestorePartitionDeps extends PartitionContext {
  readonly hold: PartitionHold;
  /** The record that is filtered next, when there is one already. */
  readonly next: LogRecord | undefined;
  /** Of the line that says that the partition is restored. */
  readonly logLevel: 'info' | 'debug';
  readonly signal: AbortSignal;
}

const progressIntervalMs = 2_000;

/**
 * Restores the table of a partition. The window ends at the time of the next record, not at the time of now: after a long
 * stop the records that wait are old, and so are the entities that they are about.
 */
export async function restorePartition(deps: RestorePartitionDeps): Promise<EntityTable> {
  const { partition, hold, next, windowMs, observer, clock, logger, logLevel, signal } = deps;
  const startedAt = clock.now();
  const nowMs = clock.epochMs();
  const newestMs = next === undefined ? nowMs : toTimestamp(next, nowMs);
  let loggedAt = startedAt;
  const table = await restoreTable(hold, {
    fromTimestampMs: Math.max(0, newestMs - windowMs),
    nowMs,
    signal,
    onProgress(progress) {
      if (clock.now() - loggedAt >= progressIntervalMs) {
        loggedAt = clock.now();
        logger.info(progress, 'restoring');
      }
    },
  });
  const seconds = Math.round(clock.now() - startedAt) / 1000;
  logger[logLevel]({ entities: table.size, seconds, startOffset: hold.startOffset }, 'restored');
  observer.restored({ partition, entities: table.size, seconds });
  return table;
}
