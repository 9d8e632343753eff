import { expect, test } from 'vitest';
import { Trace } from '../world/trace.ts';
import { addRound, addTotals, createTotals, formatTotals, type Totals } from './totals.ts';

const outcome = { violations: [], virtualMs: 1, counts: {}, trace: new Trace(), digest: '' };

function totalsOf(digests: Readonly<Record<number, string>>): Totals {
  const totals = createTotals();
  for (const [seed, digest] of Object.entries(digests)) {
    addRound(totals, { store: 'some', seed: Number(seed), faults: [], outcome: { ...outcome, digest } });
  }
  return totals;
}

function digestOf(...parts: readonly Totals[]): string {
  const whole = createTotals();
  for (const part of parts) {
    addTotals(whole, part);
  }
  return whole.digest;
}

test('the digest of rounds is the same, however they are divided between processes', () => {
  const whole = digestOf(totalsOf({ 1: 'aa', 2: 'bb', 3: 'cc' }));
  expect(digestOf(totalsOf({ 3: 'cc' }), totalsOf({ 1: 'aa', 2: 'bb' }))).toBe(whole);
  expect(digestOf(totalsOf({ 2: 'bb' }), totalsOf({ 3: 'cc' }), totalsOf({ 1: 'aa' }))).toBe(whole);
  expect(whole).toMatch(/^[0-9a-f]{64}$/);
  expect(formatTotals('some', totalsOf({ 1: 'aa', 2: 'bb', 3: 'cc' }))).toContain(`digest: ${whole}`);
});

test('the digest of rounds is another one when one trace is, or when two seeds change theirs', () => {
  const whole = digestOf(totalsOf({ 1: 'aa', 2: 'bb' }));
  expect(digestOf(totalsOf({ 1: 'aa', 2: 'bc' }))).not.toBe(whole);
  expect(digestOf(totalsOf({ 1: 'bb', 2: 'aa' }))).not.toBe(whole);
  expect(digestOf(totalsOf({ 1: 'aa' }))).not.toBe(whole);
});

test('kinds of faults meet when one begins while the other lasts, or a second after', () => {
  const faults = [
    ['b', 0],
    ['a', 6_000],
    ['c', 12_001],
    ['c', 12_002],
  ] as const;
  const totals = createTotals();
  addRound(totals, {
    store: '',
    seed: 1,
    outcome,
    faults: faults.map(([kind, atMs]) => ({ kind, atMs, forMs: 5_000, target: '' })),
  });
  expect(totals.pairs).toEqual({ 'a and b': 1 });
  expect(formatTotals('', totals)).toContain('pairs of kinds that met: 1 of 3');
});
