import { expect, test } from 'vitest';
import {
  compareStates,
  findEventStatus,
  isFinal,
  toStateNumber,
} from '../../../src/tools/reconcile/message-status.ts';

test.each([
  ['message.sentRequest', 'processing'],
  ['message.sent', 'sent'],
  ['message.read', 'read'],
  ['message.filtered', 'filtered'],
  ['message.inbound', undefined],
  ['conversationMessage.sent', undefined],
  ['interaction.click', undefined],
  ['message.', undefined],
])('%s tells the state %s', (name, status) => {
  expect(findEventStatus(name)).toBe(status);
});

test('a message ends with five states', () => {
  const all = [
    'processing',
    'retrying',
    'sent',
    'delivered',
    'failed',
    'expired',
    'filtered',
    'read',
  ] as const;
  expect(all.filter(isFinal)).toEqual(['delivered', 'failed', 'expired', 'filtered', 'read']);
});

test.each([
  ['sent', 'sent', 'agrees'],
  ['processing', 'retrying', 'agrees'],
  ['sent', 'delivered', 'missing'],
  ['delivered', 'failed', 'missing'],
  ['failed', 'delivered', 'missing'],
  ['sent', 'retrying', 'behind'],
  ['read', 'delivered', 'behind'],
  ['read', 'expired', 'behind'],
  ['sent', 'teleported', 'unclear'],
  ['sent', 'constructor', 'unclear'],
  ['sent', undefined, 'unclear'],
] as const)('stored %s, said %s: %s', (stored, status, expected) => {
  expect(compareStates(stored, { status })).toBe(expected);
});

test('a message that the provider does not know is unknown', () => {
  expect(compareStates('sent', undefined)).toBe('unknown');
});

test('the state of the higher revision is the later one, and without revisions the one that is further', () => {
  expect(toStateNumber('sent', '3') > toStateNumber('read', '2')).toBe(true);
  expect(toStateNumber('delivered', undefined) > toStateNumber('sent', undefined)).toBe(true);
  expect(toStateNumber('read', '9'.repeat(18)) < 2n ** 64n).toBe(true);
  expect(toStateNumber('read', '9'.repeat(512))).toBe(toStateNumber('read', undefined));
});
