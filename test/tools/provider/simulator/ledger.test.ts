import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { EventSource } from '../../../../src/tools/provider/simulator/event-source.ts';
import { Ledger } from '../../../../src/tools/provider/simulator/simulation-report.ts';
import { temporaryDirectory } from '../../../support/test-receiver.ts';

describe('ledger', () => {
  test('has one line for each settled event, however many', () => {
    const file = join(temporaryDirectory(), 'ledger.jsonl');
    const ledger = new Ledger(file);
    const event = new EventSource(7).at(0);
    const count = 3_000;
    for (let attempts = 1; attempts <= count; attempts += 1) {
      ledger.write({ event, fate: 'lost', reason: 'status_400', attempts, lastResult: 400, settledAt: 0 });
    }
    // Each line is written to the file immediately, so a killed process loses no lines.
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
