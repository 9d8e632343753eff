import { expect, test } from 'vitest';
import { findOwnEvent, isOwnEvent, toTestName } from '../../src/webhook/own-events.ts';

test.each([
  [['webhook.test', 'webhook.test'], 'test'],
  [[toTestName('message.sent')], 'test'],
  [['webhook.anything'], 'other'],
  [['webhook.'], 'other'],
  [['webhook.test', 'message.sent'], undefined],
  [['webhook.test', undefined], undefined],
  [['message.webhook.test'], undefined],
  [['webhook'], undefined],
  [[], undefined],
])('of %j the delivery is %s', (names, own) => {
  expect(findOwnEvent(names)).toBe(own);
});

test('a name alone tells one', () => {
  expect([isOwnEvent('webhook.test'), isOwnEvent('message.sent'), isOwnEvent('')]).toEqual([
    true,
    false,
    false,
  ]);
});
