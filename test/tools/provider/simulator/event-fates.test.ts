import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { EventFates, Ledger } from '../../../../src/tools/provider/simulator/event-fates.ts';
import { EventSource } from '../../../../src/tools/provider/simulator/event-source.ts';
import { temporaryDirectory } from '../../../support/test-receiver.ts';

describe('event fates', () => {
  test('an accepted event stays accepted, a lost one may still be', () => {
    const fates = new EventFates();
    fates.set(0, 'accepted');
    fates.set(0, 'lost');
    fates.set(1, 'lost');
    fates.set(1, 'accepted');
    fates.set(3, 'lost');
    expect([0, 1, 2, 3].map((slot) => fates.get(slot))).toEqual([
      'accepted',
      'accepted',
      'unfinished',
      'lost',
    ]);
    expect(fates.size).toBe(4);
  });

  test('grows and keeps what it has', () => {
    const fates = new EventFates();
    fates.set(7, 'accepted');
    fates.set(1_000_000, 'lost');
    expect([fates.get(7), fates.get(999_999), fates.get(1_000_000), fates.size]).toEqual([
      'accepted',
      'unfinished',
      'lost',
      1_000_001,
    ]);
  });
});

describe('ledger', () => {
  test('has one line for each settled event, however many', () => {
    const file = join(temporaryDirectory(), 'ledger.jsonl');
    const ledger = new Ledger(file);
    const event = new EventSource(7).at(0);
    const count = 3_000;
    for (let attempts = 1; attempts <= count; attempts += 1) {
      ledger.write({ event, fate: 'lost', reason: 'status_400', attempts, lastResult: 400, settledAt: 0 });
    }
    // Whoever ends the process now, however hard, loses no line.
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    expect(lines).toHaveLength(count);
    expect(JSON.parse(lines.at(-1) ?? '')).toEqual({
      eventId: event.eventId,
      name: event.name,
      revision: event.revision,
      fate: 'lost',
      reason: 'status_400',
      attempts: count,
      lastResult: 400,
      settledAt: '1970-01-01T00:00:00.000Z',
    });
    ledger.close();
  });
});
