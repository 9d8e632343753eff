import { expect, test } from 'vitest';
import { findErrorCode, toAskedError } from '../../../src/kafka/errors/to-asked-error.ts';

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
  const asked = { api: 'OffsetFetch', group: 'g' } as const;
  expect(toAskedError(toKafkajsError(30), 'reading', asked)).toMatchObject({
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
