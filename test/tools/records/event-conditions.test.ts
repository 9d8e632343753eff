import { expect, test } from 'vitest';
import { createConditionTest, parseCondition } from '../../../src/tools/records/event-conditions.ts';

const has = (json: string, ...conditions: readonly string[]) =>
  createConditionTest(conditions.map(parseCondition))({ value: Buffer.from(json) });

test.each([
  ['{"payload":{"to":"447700900000"}}', 'payload.to=447700900000', true],
  ['{"payload":{"to":447700900000}}', 'payload.to=447700900000', true],
  ['{"payload":{"to":"4477009000001"}}', 'payload.to=447700900000', false],
  ['{"payload":{"from":"447700900000"}}', 'payload.to=447700900000', false],
  ['{"payload":{"to":{"phoneNumber":"1"}}}', 'payload.to.phoneNumber=1', true],
  ['{"payload":{"to":{"phoneNumber":"1"}}}', 'payload.to=1', false],
  ['{"payload":{"to":[{"id":"1"},{"id":"2"}]}}', 'payload.to.id=2', true],
  ['{"name":"message.failed"}', ' name = message.failed ', true],
  ['{"payload":{"successful":false}}', 'payload.successful=false', true],
  // JavaScript rounds both values to the same number.
  ['{"payload":{"orderId":9007199254740993}}', 'payload.orderId=9007199254740993', true],
  ['{"payload":{"orderId":9007199254740993}}', 'payload.orderId=9007199254740992', false],
  [String.raw`{"payload":{"to":"\u0061\/b"}}`, 'payload.to=a/b', true],
  ['{"payload":{"text":"a=b"}}', 'payload.text=a=b', true],
  // A dead letter that is not JSON is found by its bytes.
  ['{"payload":{"to":"1"', 'payload.to=1', true],
  ['{"payload":{"to":"1"', 'payload.to=2', false],
])('%s and %s: %s', (json, condition, expected) => {
  expect(has(json, condition)).toBe(expected);
});

test('several conditions must all hold', () => {
  expect(has('{"a":1,"b":2}', 'a=1', 'b=2')).toBe(true);
  expect(has('{"a":1,"b":2}', 'a=1', 'b=1')).toBe(false);
});

test.each([
  ...['', 'payload.to', '=1', 'payload..to=1'],
  // Operators from other languages, which conditions do not support.
  ...['name!=a', 'name==a', 'payload.number>=3', 'payload.number<=3', 'name~=a'],
])('%s is no condition, and what is one is said', (text) => {
  expect(() => parseCondition(text)).toThrow(
    /^--where: .* the whole value, for example payload.to=447700900000/,
  );
});
