import { expect, test } from 'vitest';
import { checkErrorCode, findErrorCode, toAskedError } from '../../../src/kafka/errors/kafka-answer-error.ts';

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
  [1, 'fail'],
  [7, 'fail'],
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

function toKafkajsError(code: number): Error {
  return Object.assign(new Error('refused'), { name: 'KafkaJSProtocolError', code });
}

test("kafkajs's error names what was asked and the right that is missing, also from within its causes", () => {
  const wrapped = new Error('retries exceeded', { cause: toKafkajsError(29) });
  expect(toAskedError(wrapped, 'reading the topic t', { api: 'Fetch', topic: 't' })).toMatchObject({
    kind: 'fail',
    errorCode: 29,
    message: expect.stringMatching(/^reading the topic t: .*no right to Read topic t \(asked by Fetch\)/),
    cause: wrapped,
  });
});

test('of a group the right to Read is named, whatever was asked', () => {
  const asksOffsets = { api: 'OffsetFetch', group: 'g' } as const;
  expect(toAskedError(toKafkajsError(30), 'reading', asksOffsets)).toMatchObject({
    message: expect.stringContaining('no right to Read group g'),
  });
});

test.each([
  ['of a topic that does not exist', toKafkajsError(3)],
  ['without a code', new Error('own')],
  ['with a code that is not of Kafka', Object.assign(new Error('system'), { code: 5 })],
])('an error %s stays as it is', (_what, error) => {
  expect(toAskedError(error, 'reading', { api: 'Fetch' })).toBe(error);
});

test('what is no error has no code', () => {
  expect(findErrorCode('odd')).toBeUndefined();
});
