import type { SinkHealth } from '../sink/sink.ts';
import type { SpoolStatus } from '../sink/sink-status.ts';
import type { SpoolKeeper } from './spool-keeper.ts';

interface SpoolingFacts {
  /** Of the store. */
  readonly health: SinkHealth;
  /** Epoch milliseconds. */
  readonly storeAwaySince: number;
  /** Why the store did not take the head of the spool. */
  readonly lastFailure: string | undefined;
}

/** The state of a receiver whose events go to the spool, for readiness. */
export function describeSpooling(spool: SpoolKeeper, facts: SpoolingFacts): string {
  const { health, storeAwaySince, lastFailure } = facts;
  const failure = lastFailure === undefined ? '' : ` (the last attempt failed: ${lastFailure})`;
  const oldest =
    spool.oldestReceivedAt === undefined ? '' : `, the oldest received at ${spool.oldestReceivedAt}`;
  return [
    health.up
      ? `the spool is being drained${failure}`
      : `the store has been unavailable since ${new Date(storeAwaySince).toISOString()}: ${health.detail}`,
    `${spool.records} records are in the spool${oldest}`,
    ...(spool.problem === undefined ? [] : [spool.problem]),
  ].join('; ');
}

/** What the spool holds, for the status page. */
export function toSpoolStatus(spool: SpoolKeeper): SpoolStatus {
  const { problem, records, bytes, maxBytes: limitBytes, oldestReceivedAt, setAsideRecords } = spool;
  return { problem, records, bytes, limitBytes, oldestReceivedAt, setAsideRecords };
}
