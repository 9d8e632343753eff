import { expect, test } from 'vitest';
import { decideFilterHeadline, decideReceiverHeadline } from '../../../src/observe/status/headline.ts';
import type { ReceiverReport } from '../../../src/observe/status/status-report.ts';
import { wellReceiver } from '../../support/status-reports.ts';

const retry = { since: '2026-01-01T10:00:00Z', lossFrom: '2026-01-02T10:00:00Z', secondsLeft: 9 };
const spool = {
  problem: undefined,
  bytes: 0,
  limitBytes: 1,
  oldestReceivedAt: undefined,
};
const { store, registrations } = wellReceiver;
const withSecrets = (secrets: ReceiverReport['registrations'][number]['secrets']) => ({
  registrations: registrations.map((each) => ({ ...each, secrets })),
});
const broken = { label: 'next', verified: 0, problem: 'it is empty' };
const usable = { label: 'current', verified: 3 };

test.each<[Partial<ReceiverReport>, string, string]>([
  [{}, 'good', 'Deliveries are stored'],
  [{ refused: retry, ready: false }, 'bad', 'Deliveries are refused'],
  [{ ready: false }, 'bad', 'The receiver is not ready'],
  [withSecrets([broken]), 'bad', 'A registration has no secret that can be used'],
  [withSecrets([]), 'bad', 'A registration has no secret that can be used'],
  [{ spool }, 'good', 'Deliveries are stored'],
  [
    { spool: { ...spool, oldestReceivedAt: '2026-01-01T10:00:00.000Z' } },
    'warning',
    'Deliveries are accepted, and wait in the spool',
  ],
  [{ spool, store: { ...store, up: false } }, 'warning', 'Deliveries are accepted, and wait in the spool'],
  [{ spool: { ...spool, problem: 'full' } }, 'warning', 'Deliveries are stored, but something needs a look'],
  [withSecrets([usable, broken]), 'warning', 'Deliveries are stored, but something needs a look'],
  [
    { store: { ...store, topics: [{ topic: 'a', verdict: 'warning', findings: [] }] } },
    'warning',
    'Deliveries are stored, but something needs a look',
  ],
  [
    { store: { ...store, topics: [{ topic: 'a', findings: [], problem: 'no leader' }] } },
    'warning',
    'Deliveries are stored, but something needs a look',
  ],
  [{ store: { ...store, topics: [{ topic: 'a', findings: [] }] } }, 'good', 'Deliveries are stored'],
])('of a receiver with %j', (change, tone, text) => {
  expect(decideReceiverHeadline({ ...wellReceiver, ...change })).toEqual({ tone, text });
});

test('of a filter: whether it is ready', () => {
  expect(decideFilterHeadline({ ready: true }).tone).toBe('good');
  expect(decideFilterHeadline({ ready: false }).tone).toBe('bad');
});
