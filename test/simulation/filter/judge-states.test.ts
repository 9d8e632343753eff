import { expect, test } from 'vitest';
import type { ReadRecord } from '../kafka/transactions/read-batch.ts';
import { judgeStates } from './judge-states.ts';

function toRecord(id: string, revision: string): ReadRecord {
  const key = Buffer.from('entity');
  return {
    offset: 0,
    timestampMs: 0,
    key,
    value: Buffer.from(id),
    headers: { ce_id: id, revision },
    bodyBytes: 9,
  };
}

const [first, second, third] = [toRecord('a', '1'), toRecord('b', '2'), toRecord('c', '3')];

function judge(latest: readonly ReadRecord[]): readonly string[] {
  return judgeStates({
    partitions: [{ partition: 0, events: [second, third], latest, history: [first, second, third] }],
    ...{ deadLetters: [], maxBodyBytes: 100, resets: ['events cut back'] },
  });
}

test('after a reset each event that is left and was the newest is a state, whatever came later', () => {
  expect(judge([second, third])).toEqual([]);
  expect(judge([first, second, third])).toEqual([]);
  expect(judge([first, third])).toEqual(['latest-0: no state of b at offset 0']);
});
