import { expect, test } from 'vitest';
import { findTestEvent, isTestEvent, toTestEventName } from '../../src/webhook/test-events.ts';

test.each([
  [['webhook.test', 'webhook.test'], 'test'],
  [[toTestEventName('message.sent')], 'test'],
  [['webhook.anything'], 'other'],
  [['webhook.'], 'other'],
  [['webhook.test', 'message.sent'], undefined],
  [['webhook.test', undefined], undefined],
  [['message.webhook.test'], undefined],
  [['webhook'], undefined],
  [[], undefined],
])('of %j the delivery is %s', (names, own) => {
  expect(findTestEvent(names)).toBe(own);
});

test('a name alone tells one', () => {
  expect([isTestEvent('webhook.test'), isTestEvent('message.sent'), isTestEvent('')]).toEqual([
    true,
    false,
    false,
  ]);
});
