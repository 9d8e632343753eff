import type { FloodReport } from './abuse/flood.ts';
import { type AbuseEvidence, abuseJudges, judgeFlood, judgeShare } from './abuse/judge-abuse.ts';
import type { SentRequest } from './traffic/traffic-log.ts';
import { type EndEvidence, endJudges } from './verdict/judge-end.ts';
import { listHistories } from './verdict/list-histories.ts';
import { testHistories } from './verdict/test-histories.ts';

testHistories(
  'of an end',
  listHistories<EndEvidence, keyof typeof endJudges>(
    endJudges,
    { exitCode: 0, servesMs: 9_000, recoveryMs: 20_000 },
    {
      judgeExit: {
        'another code than 0': () => ({ exitCode: 1 }),
        'a signal': () => ({ exitCode: null }),
      },
      judgeServing: {
        'nothing is taken': () => ({ servesMs: undefined }),
        'something is taken late': () => ({ servesMs: 10_001 }),
      },
      judgeCalmSecond: { 'something is refused on and on': () => ({ recoveryMs: undefined }) },
    },
  ),
);

const steady = { startMib: 100, peakMib: 300, endMib: 200, thirdQuarterMib: 200, lastQuarterMib: 210 };

testHistories(
  'of an abuse',
  listHistories<AbuseEvidence, keyof typeof abuseJudges>(
    abuseJudges,
    { failedInARow: 2, memory: steady, lastedMs: 60_000 },
    {
      judgeLiveness: { 'three probes in a row fail': () => ({ failedInARow: 3 }) },
      judgeMemory: {
        'too much at once': () => ({ memory: { ...steady, peakMib: 800 } }),
        'more and more': () => ({ memory: { ...steady, lastQuarterMib: 280 } }),
      },
    },
  ),
);

interface Beside {
  readonly flood: FloodReport;
  readonly signed: readonly SentRequest[];
}

const taken: SentRequest = {
  ...{ kind: 'single', events: [], badElements: [], sentAt: 0, latencyMs: 5, outcome: 200 },
};
const flood = { sent: 9, unsent: 0, unanswered: 0, statuses: { '401': 8, '503': 1 }, maxAnswerMs: 100 };

testHistories(
  'of a flood',
  listHistories<Beside, 'judgeFlood' | 'judgeShare'>(
    {
      judgeFlood: (evidence) => judgeFlood(evidence.flood, ['401', '503']),
      judgeShare: ({ signed }) => judgeShare(signed, 0.99),
    },
    { flood, signed: Array.from({ length: 200 }, () => taken) },
    {
      judgeFlood: {
        'another answer': () => ({ flood: { ...flood, statuses: { '401': 8, '200': 1 } } }),
        'no answer': () => ({ flood: { ...flood, unanswered: 1 } }),
        'a late answer': () => ({ flood: { ...flood, maxAnswerMs: 10_001 } }),
      },
      judgeShare: {
        'signed requests are refused': ({ signed }) => ({
          signed: signed.map((each, index) => (index < 3 ? { ...each, outcome: 503 } : each)),
        }),
        'nobody sends beside it': () => ({ signed: [] }),
      },
    },
  ),
);
