import { listHistories } from '../../../faults/verdict/list-histories.ts';
import { type JudgedRecords, type PartitionRecords, stateJudges } from '../../filter/judge-states.ts';
import type { ReadRecord } from '../../kafka/transactions/read-batch.ts';

function toRecord(id: string, revision: string | undefined, other: Partial<ReadRecord> = {}): ReadRecord {
  return {
    ...{ offset: 0, timestampMs: 0, key: Buffer.from('entity'), value: Buffer.from(id), bodyBytes: 9 },
    headers: { ce_id: id, ...(revision !== undefined && { revision }) },
    ...other,
  };
}

const [first, second, third] = [toRecord('a', '1'), toRecord('b', '2'), toRecord('c', '3')];
const old = toRecord('d', '1');
const large = toRecord('e', '4', { bodyBytes: 1_000 });

function change(records: Partial<PartitionRecords>): (faithful: JudgedRecords) => Partial<JudgedRecords> {
  return ({ partitions }) => ({ partitions: partitions.map((each) => ({ ...each, ...records })) });
}

function afterReset(records: Partial<PartitionRecords>): (faithful: JudgedRecords) => Partial<JudgedRecords> {
  return (faithful) => ({
    ...change(records)(faithful),
    ...{ deadLetters: [], resets: ['events cut back'] },
  });
}

export const stateHistories = listHistories<JudgedRecords, keyof typeof stateJudges>(
  stateJudges,
  {
    partitions: [
      {
        partition: 0,
        events: [first, second, old, third, large],
        latest: [first, second, third],
        history: [first, second, old, third, large],
      },
    ],
    ...{ deadLetters: [large], maxBodyBytes: 100, resets: [], exits: [] },
  },
  {
    judgeExactly: {
      'a state is skipped': change({ latest: [first, third] }),
      'a state is there twice': change({ latest: [first, second, third, third] }),
      'an old state': change({ latest: [first, second, old, third] }),
      'two states in the other order': change({ latest: [second, first, third] }),
    },
    judgeForward: { 'a key goes back after a reset': afterReset({ latest: [first, third, second, third] }) },
    judgeEnds: {
      'the last state is not there after a reset': afterReset({
        ...{ events: [first, second], latest: [first], history: [first, third, second] },
      }),
    },
    judgeNewest: {
      'an event that is left has no state': afterReset({ latest: [first, third], events: [second, third] }),
    },
    judgeUnusable: {
      'a large event is nowhere': () => ({ deadLetters: [] }),
      'a dead letter without need': () => ({ deadLetters: [large, first] }),
    },
    judgeFilterExits: { 'another code than 0': () => ({ exits: ['filter-1 ended with 1'] }) },
  },
);
