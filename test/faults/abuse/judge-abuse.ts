import { isAcknowledged, type SentRequest } from '../traffic/traffic-log.ts';
import type { Violation } from '../verdict/judge.ts';
import type { Judges } from '../verdict/run-judges.ts';
import type { FloodReport } from './flood.ts';
import type { MemoryFigures } from './watch-memory.ts';

export interface AbuseEvidence {
  /** Number of consecutive failed liveness probes. */
  readonly failedInARow: number;
  readonly memory: MemoryFigures;
  readonly lastedMs: number;
}

/** Time for which the heap may grow under load. After this time, it must no longer grow. */
const steadyAfterMs = 30_000;
const maxMib = 768;
/**
 * Number of consecutive failed probes after which Kubernetes restarts a pod. A single probe may fail while hundreds of
 * connections are replaced.
 */
const failuresInARowToRestart = 3;
/** Time for which the provider waits for a response. */
const longestAnswerMs = 10_000;

/** Checks of the service after an abuse. */
export const abuseJudges = {
  judgeLiveness: ({ failedInARow }) =>
    failedInARow >= failuresInARowToRestart
      ? [{ kind: 'answered', text: `${failedInARow} probes of liveness in a row were not answered` }]
      : [],
  judgeMemory({ memory: { peakMib, thirdQuarterMib, lastQuarterMib }, lastedMs }) {
    const grew = lastedMs >= steadyAfterMs && lastQuarterMib > thirdQuarterMib * 1.2 + 16;
    const text = `peak ${peakMib.toFixed(0)} MiB; grew from ${thirdQuarterMib.toFixed(0)} to ${lastQuarterMib.toFixed(0)} MiB while it lasted`;
    return peakMib > maxMib || grew ? [{ kind: 'memory', text }] : [];
  },
} satisfies Judges<AbuseEvidence, Violation>;

/** @param allowed statuses that the responses to the abuse may have */
export function judgeFlood(flood: FloodReport, allowed: readonly string[]): Violation[] {
  const others = Object.keys(flood.statuses).filter((status) => !allowed.includes(status));
  return others.length > 0 || flood.unanswered > 0 || flood.maxAnswerMs > longestAnswerMs
    ? [{ kind: 'answered', text: `flood: ${JSON.stringify({ ...flood, acknowledged: undefined })}` }]
    : [];
}

/** @param leastTaken minimum share of the signed requests that must be accepted during an abuse */
export function judgeShare(signed: readonly SentRequest[], leastTaken: number): Violation[] {
  const taken = signed.filter(isAcknowledged).length / Math.max(1, signed.length);
  return taken < leastTaken || signed.length === 0
    ? [{ kind: 'answered', text: `only ${(100 * taken).toFixed(1)} % of the signed requests were taken` }]
    : [];
}
