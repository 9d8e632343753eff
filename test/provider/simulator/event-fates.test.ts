import { expect, test } from 'vitest';
import { createEventFates } from '../../../src/provider/simulator/event-fates.ts';

test('an accepted event stays accepted, a lost one may still be', () => {
  const fates = createEventFates();
  fates.set(0, 'accepted');
  fates.set(0, 'lost');
  fates.set(1, 'lost');
  fates.set(1, 'accepted');
  fates.set(3, 'lost');
  expect([0, 1, 2, 3].map(fates.get)).toEqual(['accepted', 'accepted', 'unfinished', 'lost']);
  expect(fates.size).toBe(4);
});

test('grows and keeps what it has', () => {
  const fates = createEventFates();
  fates.set(7, 'accepted');
  fates.set(1_000_000, 'lost');
  expect([fates.get(7), fates.get(999_999), fates.get(1_000_000), fates.size]).toEqual([
    'accepted',
    'unfinished',
    'lost',
    1_000_001,
  ]);
});
