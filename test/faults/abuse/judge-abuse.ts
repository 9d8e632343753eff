import { isAcknowledged, type SentRequest } from '../traffic/traffic-log.ts';
import type { Violation } from '../verdict/judge.ts';
import type { Judges } from '../verdict/run-judges.ts';
import type { FloodReport } from './flood.ts';
import type { MemoryFigures } from './watch-memory.ts';

export interface AbuseEvidence {
  /** Probes of liveness that failed one after the other. */
  readonly failedInARow: number;
  readonly memory: MemoryFigures;
  readonly lastedMs: number;
}

/** A heap needs so long to find its size under a load; from then on it has to keep it. */
const steadyAfterMs = 30_000;
const mostMib = 768;
/** While connections are replaced by the hundred, one probe may be among them. Kubernetes ends a pod after three in a row. */
const failuresInARowToRestart = 3;
/** The provider waits no longer. */
const longestAnswerMs = 10_000;

/** Of an abuse that is over. */
export const abuseJudges = {
  judgeLiveness: ({ failedInARow }) =>
    failedInARow >= failuresInARowToRestart
      ? [{ kind: 'answered', text: `${failedInARow} probes of liveness in a row were not answered` }]
      : [],
  judgeMemory({ memory: { peakMib, thirdQuarterMib, lastQuarterMib }, lastedMs }) {
    const grew = lastedMs >= steadyAfterMs && lastQuarterMib > thirdQuarterMib * 1.2 + 16;
    const text = `peak ${peakMib.toFixed(0)} MiB; grew from ${thirdQuarterMib.toFixed(0)} to ${lastQuarterMib.toFixed(0)} MiB while it lasted`;
    return peakMib > mostMib || grew ? [{ kind: 'memory', text }] : [];
  },
} satisfies Judges<AbuseEvidence, Violation>;

/** @param allowed statuses of its answers */
export function judgeFlood(flood: FloodReport, allowed: readonly string[]): Violation[] {
  const others = Object.keys(flood.statuses).filter((status) => !allowed.includes(status));
  return others.length > 0 || flood.unanswered > 0 || flood.maxAnswerMs > longestAnswerMs
    ? [{ kind: 'answered', text: `flood: ${JSON.stringify({ ...flood, acknowledged: undefined })}` }]
    : [];
}

/** @param leastTaken of the signed requests beside an abuse */
export function judgeShare(signed: readonly SentRequest[], leastTaken: number): Violation[] {
  const taken = signed.filter(isAcknowledged).length / Math.max(1, signed.length);
  return taken < leastTaken || signed.length === 0
    ? [{ kind: 'answered', text: `only ${(100 * taken).toFixed(1)} % of the signed requests were taken` }]
    : [];
}
