import { listHistories } from '../../../faults/verdict/list-histories.ts';
import type { Fault } from '../../scenario.ts';
import type { Attempt } from '../../sinks/deliveries.ts';
import { type SinkEvidence, type StoredIds, sinkJudges } from '../../sinks/judge-sink.ts';
import type { Life } from '../../sinks/life.ts';

const life = { name: 'process-1', startedMs: 0, lossesMs: [] as number[] };

function attempt(id: string, sentMs: number, other: Partial<Attempt> = {}): Attempt {
  const acknowledged = { storedMs: sentMs + 5, mayOvertake: false, mayBeRefused: false };
  return { id, key: 'k', life: life as Life, sentMs, ...acknowledged, ...other };
}

const attempts = [attempt('k-1', 1_000), attempt('k-2', 2_000), attempt('k-3', 3_000)];
const pause: Fault = { kind: 'pause', target: 'process', atMs: 30_000, forMs: 18_000 };

function keep(stored: Partial<StoredIds>): (faithful: SinkEvidence) => Partial<SinkEvidence> {
  return (faithful) => ({ stored: { ...faithful.stored, ...stored } });
}

export const sinkHistories = listHistories<SinkEvidence, keyof typeof sinkJudges>(
  sinkJudges,
  {
    attempts,
    stored: {
      ...{ inOrder: ['k-1', 'k-2', 'k-3'], elsewhere: [], isExact: true, isWhole: true },
      flow: {
        withinMs: 1_000,
        isConcerned: () => true,
        storedMs: new Map(attempts.map(({ id, storedMs = 0 }) => [id, storedMs])),
      },
    },
    ...{ lives: [life], faults: [pause], endless: [], lateAnswers: [], dead: [], unfinished: [] },
    uncaught: [],
  },
  {
    judgeEndless: { 'a process does not end': () => ({ endless: ['process-1 does not end'] }) },
    judgeLateAnswers: { 'no answer': () => ({ lateAnswers: ['process-1 has no answer'] }) },
    judgeDead: { 'a delivery is not acknowledged': () => ({ dead: ['not acknowledged'] }) },
    judgeUnfinished: { 'a segment is left': () => ({ unfinished: ['1 segments are left'] }) },
    judgeDirectories: {
      'a process that only ran': () => ({ lives: [{ ...life, lossesMs: [20_000] }] }),
      'one that finds out late': () => ({ lives: [{ ...life, lossesMs: [54_000] }] }),
    },
    judgeAcknowledged: {
      'a record is nowhere': keep({ inOrder: ['k-1', 'k-3'] }),
      'who reads on does not come by': keep({ readOn: new Set(['k-1', 'k-2']) }),
    },
    judgeSent: { 'what nobody sent': keep({ elsewhere: ['k-4'] }) },
    judgeOvertaken: { 'a later record stands before it': keep({ inOrder: ['k-2', 'k-1', 'k-3'] }) },
    judgeRepeated: { 'a record is there twice': keep({ inOrder: ['k-1', 'k-2', 'k-3', 'k-3'] }) },
    judgeRefused: {
      'a record is refused without a reason': (faithful) => ({
        attempts: [...attempts, attempt('k-4', 4_000, { storedMs: undefined })],
        ...keep({ flow: undefined as never })(faithful),
      }),
    },
    judgeFlow: {
      'a record is stored late': (faithful) =>
        keep({
          flow: {
            ...{ withinMs: 1_000, isConcerned: () => true },
            storedMs: new Map([...(faithful.stored.flow?.storedMs ?? []), ['k-3', 9_000]]),
          },
        })(faithful),
    },
    judgeUncaughtOfSink: { 'an exception': () => ({ uncaught: [new Error('of a timer')] }) },
  },
);
