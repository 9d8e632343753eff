import type { SinkHealth, SpoolStatus } from '../../ports/sink-status.ts';
import { formatCount } from '../../runtime/format.ts';
import type { SpoolKeeper } from './spool-keeper.ts';

interface SpoolingFacts {
  /** The store's health. */
  readonly health: SinkHealth;
  /** Epoch milliseconds. */
  readonly storeAwaySince: number;
  /** Why nothing can be read from the spool, or set aside. */
  readonly drainFailure: string | undefined;
}

/** The state of a receiver whose events go to the spool, for readiness. */
export function describeSpooling(spool: SpoolKeeper, facts: SpoolingFacts): string {
  const { health, storeAwaySince, drainFailure } = facts;
  const failure = drainFailure === undefined ? '' : ` (the last attempt failed: ${drainFailure})`;
  const oldest =
    spool.oldestReceivedAt === undefined ? '' : `, the oldest received at ${spool.oldestReceivedAt}`;
  return [
    health.up
      ? `the spool is being drained${failure}`
      : `the store has been unavailable since ${new Date(storeAwaySince).toISOString()}: ${health.detail}`,
    `${formatCount(spool.records, 'record is', 'records are')} in the spool${oldest}`,
    ...(health.up ? describeLeftBehind(spool) : []),
    ...(spool.problem === undefined ? [] : [spool.problem]),
  ].join('; ');
}

/** Only some are named: a store may have many partitions. */
const mostNamed = 3;

function describeLeftBehind({ backlog }: SpoolKeeper): string[] {
  const refused = [...backlog].filter(({ problem }) => problem !== undefined);
  const names = refused.slice(0, mostNamed).map(({ name, problem }) => `${name} (${problem})`);
  const others = refused.length > mostNamed ? ` and ${refused.length - mostNamed} others` : '';
  return refused.length === 0 ? [] : [`the store does not take ${names.join(', ')}${others}`];
}

/** What the spool holds, for the status page. */
export function toSpoolStatus(spool: SpoolKeeper): SpoolStatus {
  const { problem, records, bytes, maxBytes: limitBytes, oldestReceivedAt, setAsideRecords } = spool;
  const leftBehind = Array.from(spool.backlog).flatMap((each) =>
    each.problem === undefined ? [] : [{ name: each.name, problem: each.problem }],
  );
  return { problem, records, bytes, limitBytes, oldestReceivedAt, leftBehind, setAsideRecords };
}
