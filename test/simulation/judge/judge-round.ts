import type { TrafficLog } from '../../faults/traffic/traffic-log.ts';
import { type DownTime, judge, type Violation } from '../../faults/verdict/judge.ts';
import type { StoredRecord } from '../../support/kafka/read-topic.ts';
import type { FaultSpan, SimulatedStore, SimulationViolation } from '../scenario.ts';
import { judgeArrivals, judgeDeliveries } from './judge-arrivals.ts';
import { judgeCalm, judgeHeaders } from './judge-calm.ts';

export interface RoundEvidence {
  readonly log: TrafficLog;
  readonly store: SimulatedStore;
  readonly downTimes: readonly DownTime[];
  /** A fault lets the store reject records for good: they become dead letters. */
  readonly mayReject: boolean;
  /** One process, which did not end before the end of the round. */
  readonly isOneProcess: boolean;
  /** In which nothing is wrong. */
  readonly calm: readonly FaultSpan[];
  /** Ids that are in a spool; `undefined` where there is none. */
  readonly spooled: ReadonlySet<string> | undefined;
}

export interface RoundVerdict {
  readonly violations: readonly (Violation | SimulationViolation)[];
  readonly counts: Readonly<Record<string, number>>;
}

/** The judge of the fault suite, with what the store says of itself. Records that the store rejected are kept as dead letters. */
export function judgeRound({ log, store, ...facts }: RoundEvidence): RoundVerdict {
  const { downTimes, mayReject, isOneProcess, spooled, calm } = facts;
  const stored = store.events();
  const deadLetters = store.deadLetters();
  const [rejected, others] = splitRejected(deadLetters, mayReject);
  const verdict = judge({
    ...{ log, stored, downTimes },
    deadLetters: others,
    partitionCount: store.partitionCount,
  });
  const lost = verdict.lost
    .filter((id) => !rejected.some((record) => hasId(record, id)))
    .filter((id) => spooled?.has(id) !== true);
  const isSpooled = (text: string) => [...(spooled ?? [])].some((id) => text.includes(id));
  const waiting = mayReject ? [] : findWaiting(log, store, { stored, spooled });
  // What goes through a spool has no order.
  const hasOrder = spooled === undefined;
  return {
    violations: [
      ...lost.map((id) => ({ kind: 'lost' as const, text: `acknowledged and not stored: ${id}` })),
      ...waiting.map((id) => ({ kind: 'not live again' as const, text: `waits in a spool: ${id}` })),
      ...verdict.violations
        .filter(({ kind }) => kind !== 'order' || hasOrder)
        .filter(({ kind, text }) => kind !== 'dead letter' || !isSpooled(text)),
      ...(isOneProcess && hasOrder ? judgeArrivals(log, stored, store) : []),
      ...(hasOrder ? judgeDeliveries(log, stored) : []),
      ...judgeHeaders(log, stored),
      ...judgeCalm(log, { spans: calm, stored, isGone: (key) => store.needsWhatIsGone?.(key) === true }),
      ...(store.judge?.() ?? []),
    ],
    counts: {
      requests: verdict.sentRequests,
      'events acknowledged': verdict.acknowledgedEvents,
      'requests refused': verdict.refusedRequests,
      'records stored': stored.length,
      duplicates: verdict.duplicates,
      'dead letters': deadLetters.length,
    },
  };
}

/** What nothing keeps from its place in the store waits in no spool at the end. @returns ids */
function findWaiting(
  { requests }: TrafficLog,
  { needsWhatIsGone }: SimulatedStore,
  { stored, spooled }: Pick<RoundEvidence, 'spooled'> & { readonly stored: readonly StoredRecord[] },
): string[] {
  const done = new Set(stored.map(({ headers }) => headers.ce_id));
  return requests
    .flatMap(({ events }) => events)
    .filter(({ id, key }) => spooled?.has(id) === true && !done.has(id) && needsWhatIsGone?.(key) !== true)
    .map(({ id }) => id);
}

function splitRejected(deadLetters: readonly StoredRecord[], mayReject: boolean) {
  const isRejected = ({ headers }: StoredRecord) =>
    mayReject && (headers.reason === 'rejected_by_broker' || headers.reason === 'too_large');
  return [deadLetters.filter(isRejected), deadLetters.filter((record) => !isRejected(record))] as const;
}

function hasId({ value }: StoredRecord, id: string): boolean {
  return value?.includes(`"eventId":"${id}"`) === true;
}
