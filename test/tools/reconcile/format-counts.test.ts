import { expect, test } from 'vitest';
import type { HourCounts, NameCounts } from '../../../src/tools/reconcile/compare-counts.ts';
import {
  type CountsSummary,
  evaluateCounts,
  formatCounts,
  toCountsJson,
} from '../../../src/tools/reconcile/format-counts.ts';

const fromMs = Date.UTC(2026, 10, 27, 8);
const hourMs = 3_600_000;

function ofName(provider: number, missing: number, beyond = 0): NameCounts {
  return { name: 'message.sent', provider, stored: provider - missing + beyond, missing, beyond };
}

function hour(at: number, counts: NameCounts | undefined, isSettled = true): HourCounts {
  const channels = new Map([
    ['sms', { provider: counts?.provider ?? 0, stored: counts?.stored ?? 0 }],
    ['email', { provider: 1, stored: 1 }],
  ]);
  return {
    ...{ startMs: fromMs + at * hourMs, isSettled },
    names: counts === undefined ? [] : [{ ...counts, channels }],
  };
}

const summary: CountsSummary = {
  ...{ fromMs, toMs: fromMs + 5 * hourMs, toleranceMs: 60_000, settledMs: fromMs + 4 * hourMs },
  ...{ firstStoredAtMs: fromMs - 1, skipped: [] },
  hours: [
    hour(0, ofName(1_200, 0)),
    hour(1, ofName(1_200, 684)),
    hour(2, undefined),
    hour(3, ofName(10_000, 1, 3)),
    hour(4, ofName(8, 8), false),
  ],
  names: [ofName(12_400, 685, 3)],
  missing: 685,
};

test('a line for each hour with its share, one for each name, and what is missing', () => {
  expect(formatCounts(summary).split('\n')).toEqual([
    'hour                 share  provider    stored',
    '2026-11-27T08:00Z    100 %     1,200     1,200',
    '2026-11-27T09:00Z     43 %     1,200       516  missing: 684 message.sent (sms)',
    '2026-11-27T10:00Z                  0         0',
    '2026-11-27T11:00Z   99.9 %    10,000    10,002  missing: 1 message.sent',
    '2026-11-27T12:00Z      0 %         8         0  may still arrive: 8 message.sent (sms)',
    '',
    'event                provider    stored   missing    beyond',
    'message.sent           12,400    11,718       685         3',
    '',
    'Hours that ended after 2026-11-27T12:00:00.000Z are not compared yet.',
    '',
  ]);
});

test('one hour is no period', () => {
  const one = { ...summary, hours: [hour(1, ofName(1_200, 684))], names: [ofName(1_200, 684)], missing: 684 };
  expect(evaluateCounts(one)).toEqual({
    answer: 'no',
    text: 'MISSING: 684 of the 1,200 events that the provider counts are not stored, in the hour of 2026-11-27T09:00Z.',
  });
  expect(evaluateCounts(summary)).toMatchObject({
    text: expect.stringMatching(/, in 2 hours from 2026-11-27T09:00Z to 2026-11-27T11:00Z\.$/),
  });
});

test('says from when on the store has records', () => {
  const good = { ...summary, hours: [hour(0, ofName(5, 0))], names: [ofName(5, 0)], missing: 0 };
  expect(
    formatCounts({ ...good, firstStoredAtMs: fromMs + 7 })
      .split('\n')
      .slice(-3),
  ).toEqual([
    'Hours that ended after 2026-11-27T12:00:00.000Z are not compared yet.',
    'The oldest record in the store is from 2026-11-27T08:00:00.007Z. Earlier records may have been removed by retention.',
    '',
  ]);
  expect(formatCounts({ ...good, firstStoredAtMs: undefined })).toContain(
    'The store has no records of this period.',
  );
});

const nothing = { ...summary, names: [ofName(0, 0)], missing: 0 };

test.each<[string, CountsSummary, string]>([
  [
    'an hour that is not settled has all there is',
    { ...nothing, hours: [hour(0, undefined), hour(4, ofName(1, 0), false)] },
    'the provider counts no events in the hours that ended by 2026-11-27T12:00:00.000Z',
  ],
  [
    'nobody has anything',
    { ...nothing, hours: [hour(0, undefined)] },
    'the provider counts no events in this period, and none are stored',
  ],
  [
    'what lacks may be among what could not be read',
    { ...summary, skipped: ['Not all is read.'] },
    '685 of the 12,400 events that the provider counts were not found, but some records could not be read: Not all is read',
  ],
])('whether anything is missing is not known when %s', (_when, given, why) => {
  expect(evaluateCounts(given)).toEqual({
    answer: 'not known',
    text: expect.stringContaining(`Cannot tell whether events are missing: ${why}`),
  });
  // A program that reads this JSON would treat any number in `missing` as the result.
  expect(toCountsJson(given)).toMatchObject({
    verdict: expect.stringMatching(/^Cannot tell whether events are missing: /),
    missing: undefined,
  });
});

test('when nothing lacks, what could not be read would only be more', () => {
  const good = { ...summary, hours: [hour(0, ofName(5, 0))], names: [ofName(5, 0)], missing: 0 };
  expect(evaluateCounts({ ...good, skipped: ['Not all is read.'] })).toEqual({
    answer: 'yes',
    text: 'No event is missing: the store has the 5 events that the provider counts.',
  });
});

test('JSON has times in ISO 8601, and the share of each name', () => {
  const json = JSON.parse(JSON.stringify(toCountsJson(summary)));
  expect(json).toMatchObject({
    since: '2026-11-27T08:00:00.000Z',
    settledBefore: '2026-11-27T12:00:00.000Z',
    missing: 685,
    names: [{ name: 'message.sent', provider: 12_400, stored: 11_718, missing: 685, beyond: 3 }],
  });
  expect(json.names[0].storedRatio).toBeCloseTo(1 - 685 / 12_400);
  expect(json.hours[1]).toEqual({
    hour: '2026-11-27T09:00:00.000Z',
    settled: true,
    names: [
      {
        ...ofName(1_200, 684),
        channels: { sms: { provider: 1_200, stored: 516 }, email: { provider: 1, stored: 1 } },
      },
    ],
  });
});
