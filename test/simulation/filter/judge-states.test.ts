import { expect, test } from 'vitest';
import type { LogRecord } from '../../../src/filter/log-record.ts';
import { judgeStates } from './judge-states.ts';

function toRecord(id: string, revision: string): LogRecord {
  const headers: Readonly<Record<string, string>> = { ce_id: id, revision };
  const value = Buffer.from(id);
  return {
    ...{ offset: 0, timestampMs: 0, key: Buffer.from('entity'), value, body: value },
    header: (name) => headers[name],
  };
}

const [first, second, third] = [toRecord('a', '1'), toRecord('b', '2'), toRecord('c', '3')];

function judge(latest: readonly LogRecord[]): readonly string[] {
  return judgeStates({
    partitions: [{ partition: 0, events: [first, second, third], latest }],
    ...{ deadLetters: [], maxBodyBytes: 100, resets: ['events cut back'], newest: new Set(['b', 'c']) },
  });
}

test('after a reset each event that is left and was the newest is a state, whatever came later', () => {
  expect(judge([second, third])).toEqual([]);
  expect(judge([first, second, third])).toEqual([]);
  expect(judge([first, third])).toEqual(['latest-0: no state of b at offset 0']);
});
