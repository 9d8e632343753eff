import { expect, test } from 'vitest';
import { formatReplayReports } from '../../src/commands/replay-output.ts';

const report = {
  store: 'dead',
  read: 5,
  notSelected: 1,
  foreign: 1,
  stopped: false,
  lines: [
    { reason: 'no_key', webhook: 'crm', outcome: 'replayed', detail: 'events', deadLetters: 1, events: 3 },
    { reason: 'not_json', webhook: 'crm', outcome: 'failed', detail: 'not_json', deadLetters: 2, events: 0 },
  ],
} as const;

test('says what went where, what stays, and what was left alone', () => {
  expect(formatReplayReports([report], false).split('\n')).toEqual([
    'REASON    WEBHOOK  COUNT  OUTCOME',
    'no_key    crm      1      went to events as 3 events',
    'not_json  crm      2      failed again: not_json; stays',
    'dead: dead letters not put back before: 5',
    '1 not selected; they stay',
    "1 not of the receiver (the revision filter's, for example); they stay",
    '',
  ]);
  expect(formatReplayReports([report], true)).toContain('would go to events');
});

test('an empty store has one line', () => {
  const empty = { store: 'dead', read: 0, notSelected: 0, foreign: 0, stopped: false, lines: [] };
  expect(formatReplayReports([empty], false)).toBe('dead: dead letters not put back before: 0\n');
});

test('says that a run was stopped before its end', () => {
  expect(formatReplayReports([{ ...report, stopped: true }], false)).toMatch(
    /\nstopped: run again to go on\n$/,
  );
});
