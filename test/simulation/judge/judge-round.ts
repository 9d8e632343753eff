import { count } from '../../faults/verdict/judge.ts';
import { judgeAnswers, judgeLateness } from '../../faults/verdict/judge-answers.ts';
import { judgeBytes, judgeOrigin } from '../../faults/verdict/judge-records.ts';
import { type Judges, runJudges } from '../../faults/verdict/run-judges.ts';
import type { Found, RoundEvidence } from './evidence.ts';
import { judgeArrivals, judgeDeliveries } from './judge-arrivals.ts';
import { judgeCopies, judgeHeaders, judgeRefusals, judgeSpooling } from './judge-calm.ts';
import {
  judgeConnections,
  judgeExits,
  judgeReaders,
  judgeRecovery,
  judgeSpools,
  judgeStore,
  judgeUncaught,
} from './judge-end.ts';
import {
  judgeKnownKeys,
  judgeLetters,
  judgeLosses,
  judgeWaitingOrder,
  judgeWaitingRecords,
} from './judge-kept.ts';
import { judgeReadiness, judgeStaying } from './watch-readiness.ts';

/** All rule checks ("judges") for rounds with receivers. `judges.test.ts` contains a history for each of them. */
export const roundJudges = {
  judgeLosses,
  judgeWaitingRecords,
  judgeOrigin,
  judgeBytes,
  judgeKnownKeys,
  judgeLateness,
  judgeAnswers,
  judgeWaitingOrder,
  judgeLetters,
  judgeArrivals,
  judgeDeliveries,
  judgeHeaders,
  judgeRefusals,
  judgeCopies,
  judgeSpooling,
  judgeRecovery,
  judgeConnections,
  judgeStaying,
  judgeReadiness,
  judgeReaders,
  judgeSpools,
  judgeExits,
  judgeUncaught,
  judgeStore,
} satisfies Judges<RoundEvidence, Found>;

export function judgeRound(evidence: RoundEvidence): {
  readonly violations: readonly Found[];
  readonly counts: Readonly<Record<string, number>>;
} {
  const { stored, deadLetters } = evidence;
  const { sentRequests, acknowledgedEvents, refusedRequests, duplicates } = count(evidence);
  return {
    violations: runJudges<RoundEvidence, Found>(roundJudges, evidence),
    counts: {
      requests: sentRequests,
      'events acknowledged': acknowledgedEvents,
      'requests refused': refusedRequests,
      'records stored': stored.length,
      duplicates,
      'dead letters': deadLetters.length,
    },
  };
}
