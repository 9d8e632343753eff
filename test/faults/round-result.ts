import type { StoredRecord } from '../support/kafka/read-topic.ts';
import type { Service } from './services/service.ts';
import { isAcknowledged, type SentRequest, type TrafficLog } from './traffic/traffic-log.ts';
import { judge, type Verdict, type Violation } from './verdict/judge.ts';
import { type EndEvidence, endJudges } from './verdict/judge-end.ts';
import { judgeLedger } from './verdict/judge-ledger.ts';
import { runJudges } from './verdict/run-judges.ts';
import type { Recovery } from './wait-for-recovery.ts';

export interface RoundResult extends Verdict {
  /**
   * Time from the end of the last fault to the first second without rejections (see `Recovery`). `undefined` if there
   * was no such second.
   */
  readonly recoveryMs: number | undefined;
  /** Additional figures that some faults report. */
  readonly notes: readonly string[];
}

/** Recorded observations of the round. */
export interface Observations {
  readonly log: TrafficLog;
  readonly reported: Violation[];
  readonly notes: string[];
  readonly flooded: string[];
  /** Number of events of a flood that got no response. They may or may not be stored. */
  unanswered: number;
  /** Time in epoch milliseconds at which the topic was recreated. */
  madeAgainAt?: number;
}

export interface Stores {
  readonly stored: readonly StoredRecord[];
  readonly deadLetters: readonly StoredRecord[];
}

export interface ConcludeDeps extends Observations, Recovery {
  readonly service: Service;
  readonly partitionCount: number;
  /** Called when the service has stopped. */
  readonly readStores: () => Promise<Stores>;
}

/** Stops the service gracefully, then reads and checks the stored records. */
export async function concludeRound(deps: ConcludeDeps): Promise<RoundResult> {
  const { service, log, reported, notes, flooded, servesMs, recoveryMs, partitionCount, madeAgainAt } = deps;
  const metrics = await service.metrics();
  const downTimes = [...service.process.downTimes];
  const exitCode = await service.process.terminate();
  reported.push(
    ...runJudges<EndEvidence, Violation>(endJudges, {
      ...{ exitCode, servesMs, recoveryMs },
    }),
  );
  const longestStallMs = log.stalls.reduce((longest, { from, to }) => Math.max(longest, to - from), 0);
  const lagMs = 1_000 * (metrics.get('nodejs_eventloop_lag_max_seconds') ?? 0);
  if (longestStallMs > 500 || lagMs > 500) {
    notes.push(
      `busy machine: sender or service stood still for ${longestStallMs.toFixed(0)} ms, the service's event loop for ${lagMs.toFixed(0)} ms`,
    );
  }
  const { stored, deadLetters } = await deps.readStores();
  const verdict = judge({
    ...{ log, flooded, stored, deadLetters, partitionCount, downTimes },
    ...(madeAgainAt !== undefined && { madeAgainAt }),
  });
  const genuine = log.requests.filter((request) => request.kind !== 'forged');
  const acknowledged = flooded.length + countEvents(genuine.filter(isAcknowledged));
  const unanswered =
    deps.unanswered + countEvents(genuine.filter((request) => typeof request.outcome !== 'number'));
  // It is unknown which records the deleted log contained.
  const kept = madeAgainAt === undefined ? stored.length + deadLetters.length : Number.POSITIVE_INFINITY;
  reported.push(
    ...judgeLedger({ metrics, acknowledged, unanswered, kept, wasRestarted: downTimes.length > 0 }),
  );
  return { ...verdict, recoveryMs, notes, violations: [...reported, ...verdict.violations] };
}

function countEvents(requests: readonly SentRequest[]): number {
  return requests.reduce((sum, request) => sum + request.events.length + request.badElements.length, 0);
}
