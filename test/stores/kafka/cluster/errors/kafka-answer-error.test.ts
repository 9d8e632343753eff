import { expect, test } from 'vitest';
import {
  checkErrorCode,
  findErrorCode,
  findKind,
} from '../../../../../src/stores/kafka/cluster/errors/kafka-answer-error.ts';

const asked = { api: 'Fetch', topic: 'events' } as const;

test('code 0 is success', () => {
  expect(() => checkErrorCode(0, 'reading', asked)).not.toThrow();
});

test.each([
  [3, 'reroute'],
  [5, 'reroute'],
  [6, 'reroute'],
  [9, 'reroute'],
  [10, 'refuse'],
  [14, 'wait'],
  [15, 'reroute'],
  [16, 'reroute'],
  [18, 'refuse'],
  [19, 'wait'],
  [32, 'refuse'],
  [47, 'fenced'],
  [51, 'wait'],
  [56, 'reroute'],
  [74, 'reroute'],
  [75, 'reroute'],
  [78, 'wait'],
  [87, 'refuse'],
  [90, 'fenced'],
  [7, 'wait'],
  [8, 'reroute'],
  [13, 'reroute'],
  [72, 'reroute'],
  [88, 'wait'],
  [1, 'fail'],
  [29, 'fail'],
  [-1, 'fail'],
  [999, 'fail'],
])('error %s asks to %s', (errorCode, kind) => {
  expect(() => checkErrorCode(errorCode, 'reading', asked)).toThrow(
    expect.objectContaining({ name: 'KafkaAnswerError', kind, errorCode }),
  );
});

test('the message says what was done, the error and the right that is missing', () => {
  expect(() => checkErrorCode(29, 'reading events-0', asked)).toThrow(
    /^reading events-0: TOPIC_AUTHORIZATION_FAILED \(29\): no right to Read topic events/,
  );
});

test("the code of a broker's error is found, also from within the causes of another one", () => {
  const refused = Object.assign(new Error('refused'), { name: 'KafkaJSProtocolError', code: 58 });
  expect(findErrorCode(new Error('retries exceeded', { cause: refused }))).toBe(58);
});

test.each([new Error('own'), Object.assign(new Error('system'), { code: 5 }), 'odd'])(
  'what is no error of a broker has no code',
  (odd) => {
    expect(findErrorCode(odd)).toBeUndefined();
  },
);

test.each(['Produce', 'CreateTopics', 'OffsetCommit', 'EndTxn', 'InitProducerId', 'JoinGroup'] as const)(
  'what may have been done by half is not asked for again: %s',
  (api) => {
    expect([7, 8, 13, 72, 88].map((code) => findKind(code, api))).toEqual(Array(5).fill('fail'));
    expect(findKind(6, api)).toBe('reroute');
  },
);
