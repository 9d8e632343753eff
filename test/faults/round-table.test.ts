import { expect, test } from 'vitest';
import type { RoundResult } from './round-result.ts';
import { toRoundLines } from './round-table.ts';

const sound: RoundResult = {
  ...{
    sentRequests: 5,
    sentEvents: 5,
    acknowledgedEvents: 4,
    refusedRequests: 1,
    cutRequests: 0,
    duplicates: 0,
  },
  ...{ maxAnswerMs: 1, p99AnswerMs: 1, lost: [], violations: [], recoveryMs: 0, notes: ['a figure'] },
};
const marked = (lines: readonly string[]) => lines.filter((line) => /^\s*! /.test(line));

test('a sound round has no line that the totals show', () => {
  expect(toRoundLines(sound)).toEqual(['  acknowledged 4 of 5, lost 0, other violations 0', '  - a figure']);
});

test('a lost event alone is marked', () => {
  expect(marked(toRoundLines({ ...sound, lost: ['a', 'b'] }))).toEqual(['  ! lost: 2, the first a']);
});

test('each violation is marked, up to eight', () => {
  const violations = Array.from({ length: 9 }, (_, index) => ({
    kind: 'late' as const,
    text: String(index),
  }));
  expect(marked(toRoundLines({ ...sound, violations }))).toEqual(
    violations.slice(0, 8).map(({ text }) => `  ! late: ${text}`),
  );
});

test('nothing is marked where losses do not count', () => {
  const broken: RoundResult = { ...sound, lost: ['a'], violations: [{ kind: 'late', text: 'it' }] };
  expect(marked(toRoundLines(broken, false))).toEqual([]);
  expect(toRoundLines(broken, false)).toEqual(
    expect.arrayContaining(['  - lost: 1, the first a', '  - late: it']),
  );
});
