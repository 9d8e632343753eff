import { describe, expect, test } from 'vitest';
import type { CountedName, MessageCounts } from '../../../src/tools/provider/messages/message-schemas.ts';
import { compareCounts } from '../../../src/tools/reconcile/compare-counts.ts';
import { CountGrid, defaultCountedNames, hourMs } from '../../../src/tools/reconcile/count-grid.ts';

const fromMs = Date.UTC(2026, 10, 20);
const minuteMs = 60_000;

interface Given {
  /** Counts of `message.sent` by hour and channel. The first hour is the one before the period. */
  readonly provider: readonly Readonly<Record<string, number>>[];
  /** Hour and minute of each stored event, and its channel if the channel is not `sms`. */
  readonly stored: string;
  readonly toleranceMinutes?: number;
  readonly settledHours?: number;
}

const hours = 4;

function compare({ provider, stored, toleranceMinutes = 1, settledHours = hours }: Given) {
  const toleranceMs = toleranceMinutes * minuteMs;
  const grid = new CountGrid({
    fromMs,
    toMs: fromMs + hours * hourMs,
    toleranceMs,
    names: defaultCountedNames,
  });
  for (const [hour, channels] of provider.entries()) {
    grid.addCounts(countsOf(hour - 1, { success: new Map(Object.entries(channels)) }));
  }
  for (const event of stored.split(' ')) {
    const [hour, minute, channel = 'sms'] = event.split(':');
    grid.addStored('message.sent', channel, fromMs + (Number(hour) - 1) * hourMs + Number(minute) * minuteMs);
  }
  const comparison = compareCounts(grid, fromMs + settledHours * hourMs);
  const missing = comparison.hours.map(({ names }) => names.reduce((sum, each) => sum + each.missing, 0));
  return { ...comparison, missingByHour: missing };
}

function countsOf(hour: number, counts: Partial<MessageCounts>): MessageCounts {
  const none = new Map<string, number>();
  return {
    ...{ startMs: fromMs + hour * hourMs, attempted: 0, failed: 0 },
    ...{ queued: none, success: none, delivered: none, read: none },
    ...{ undeliverable: none, expired: none, inbound: none },
    ...counts,
  };
}

const sms = (count: number) => ({ sms: count });

describe('what is missing of an hour', () => {
  test.each<[string, Given, readonly number[], missing: number]>([
    ['nothing', { provider: [{}, sms(1)], stored: '1:30' }, [0, 0, 0, 0], 0],
    ['what is stored less', { provider: [{}, sms(2), sms(3)], stored: '1:30' }, [1, 3, 0, 0], 4],
    [
      'not what was stored near the edge of the hour before',
      { provider: [{}, sms(0), sms(1)], stored: '1:59.5' },
      [0, 0, 0, 0],
      0,
    ],
    [
      'what is stored near an edge stands for one event each',
      { provider: [{}, sms(3), sms(0)], stored: '1:30 2:0.5 2:30' },
      [1, 0, 0, 0],
      1,
    ],
    [
      'not what was stored near the edge of the hour after',
      { provider: [{}, sms(1), sms(0)], stored: '2:0.5' },
      [0, 0, 0, 0],
      0,
    ],
    [
      'what was stored further from the edge',
      { provider: [{}, sms(1), sms(0)], stored: '2:1.5' },
      [1, 0, 0, 0],
      1,
    ],
    [
      'what an event near the edge cannot be, because its own hour counts it',
      { provider: [{}, sms(1), sms(1)], stored: '2:0.5' },
      [1, 0, 0, 0],
      1,
    ],
    [
      'not what is shifted over several hours, each event by less than the tolerance',
      { provider: [{}, sms(1), sms(1), sms(1)], stored: '2:0.2 3:0.2 4:0.2' },
      [0, 0, 0, 0],
      0,
    ],
    [
      'not what the hour before the period has too much of',
      { provider: [sms(1), sms(1)], stored: '0:20 0:59.9' },
      [0, 0, 0, 0],
      0,
    ],
    [
      'also when the hour after the period lacks more',
      { provider: [{}, {}, {}, {}, sms(2), sms(9)], stored: '4:59.9 5:0.1 5:0.2' },
      [0, 0, 0, 1],
      1,
    ],
    [
      'of a channel, although another has more',
      { provider: [{}, { sms: 2, email: 1 }], stored: '1:5 1:6:email 1:7:email' },
      [1, 0, 0, 0],
      1,
    ],
    [
      'not what the events call otherwise',
      { provider: [{}, { SMS: 1, facebook: 1 }], stored: '1:5 1:6:fbMessenger' },
      [0, 0, 0, 0],
      0,
    ],
    [
      'not of channels when an event names none',
      { provider: [{}, { sms: 2 }], stored: '1:5 1:6:' },
      [0, 0, 0, 0],
      0,
    ],
  ])('%s', (_name, given, byHour, missing) => {
    const found = compare(given);
    expect(found.missingByHour).toEqual(byHour);
    expect(found.missing).toBe(missing);
  });

  test('lent both ways, when only that leaves nothing missing', () => {
    const { missing, names } = compare({
      provider: [{}, sms(2), sms(1), sms(2)],
      stored: '1:1 2:0.1 2:59.9 3:30 3:31',
    });
    expect(missing).toBe(0);
    expect(names[0]).toMatchObject({ name: 'message.sent', provider: 5, stored: 5, beyond: 0 });
  });

  test('but nothing for what the hour after the period lacks', () => {
    const { names } = compare({ provider: [{}, {}, {}, {}, sms(1), sms(1)], stored: '4:30 4:59.9' });
    expect(names[0]).toMatchObject({ provider: 1, stored: 2, beyond: 1 });
  });
});

test('an hour that is not settled shows what is missing, and does not count it', () => {
  const {
    missing,
    hours: found,
    names,
  } = compare({
    provider: [{}, sms(1), sms(1), sms(2), sms(3)],
    stored: '1:30',
    settledHours: 2,
  });
  expect(missing).toBe(1);
  expect(names[0]).toMatchObject({ provider: 2, stored: 1, missing: 1 });
  expect(found.map(({ isSettled }) => isSettled)).toEqual([true, true, false, false]);
  expect(found[3]?.names[0]?.missing).toBe(3);
});

test('each count is compared with the event that tells the same', () => {
  const names: readonly CountedName[] = ['message.sentRequest', ...defaultCountedNames];
  const grid = new CountGrid({ fromMs, toMs: fromMs + hourMs, toleranceMs: 0, names });
  const of = (count: number) => new Map([['sms', count]]);
  grid.addCounts(
    countsOf(0, {
      ...{ attempted: 1, success: of(2), delivered: of(3), read: of(4), undeliverable: of(5) },
      ...{ expired: of(6), inbound: of(7), failed: 99, queued: of(99) },
    }),
  );
  expect(compareCounts(grid, fromMs + hourMs).names.map(({ name, missing }) => [name, missing])).toEqual([
    ['message.sentRequest', 1],
    ['message.sent', 2],
    ['message.delivered', 3],
    ['message.read', 4],
    ['message.failed', 5],
    ['message.expired', 6],
    ['message.inbound', 7],
  ]);
});
