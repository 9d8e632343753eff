import { describe, expect, test } from 'vitest';
import type { PlacedRecord } from '../../../../src/ports/record-reader.ts';
import { EventFates } from '../../../../src/tools/provider/simulator/event-fates.ts';
import { EventSource } from '../../../../src/tools/provider/simulator/event-source.ts';
import {
  formatVerificationReport,
  judgeVerification,
  Verification,
} from '../../../../src/tools/provider/simulator/verify-stored.ts';
import { findEventKey } from '../../../../src/webhook/event-key.ts';
import { defaultKeyRulesText, type KeyRules, parseKeyRules } from '../../../../src/webhook/key-rules.ts';
import { eventSlice } from '../../../support/event-slice.ts';

const keyRules = parseKeyRules(defaultKeyRulesText) as KeyRules;
const partOf = (topic: string, key: string) => `${topic}/${key.charCodeAt(0) % 3}`;

function toRecord(key: string, text: string, id: string | undefined, part = partOf('e', key)): PlacedRecord {
  const headers = id === undefined ? {} : { ce_id: id };
  return { topic: 'e', place: `${part}/7`, key, value: Buffer.from(text), headers, storedAtMs: 0 };
}

const sent = 20;

/** A run of 20 events, all accepted, and the records that a right receiver makes of them. */
function createRun() {
  const source = new EventSource(11);
  const fates = new EventFates();
  const records = new Map<string, PlacedRecord>();
  for (let slot = 0; slot < sent; slot += 1) {
    const { eventId, json, slot: own } = source.at(slot);
    fates.set(own, 'accepted');
    const key = findEventKey(eventSlice(json, keyRules))?.key ?? '';
    records.set(eventId, toRecord(key, json, eventId));
  }
  return {
    fates,
    records: [...records.values()],
    verification: new Verification({ source, fates, keyRules }),
  };
}

function verify(change: (records: ReturnType<typeof createRun>['records']) => readonly PlacedRecord[]) {
  const { records, verification } = createRun();
  for (const record of change(records)) {
    verification.add(record, partOf);
  }
  const report = verification.report();
  return { report, proven: judgeVerification(report, 'e').answer === 'yes', count: records.length };
}

describe('Verification', () => {
  test('proves nothing where nothing was accepted', () => {
    const { source, fates } = { source: new EventSource(11), fates: new EventFates() };
    const report = new Verification({ source, fates, keyRules }).report();
    expect(formatVerificationReport(report, 'the store')).toMatch(
      /^Not known whether what is accepted is stored: no event was accepted\.\n/,
    );
    expect(judgeVerification(report, 'the store').answer).toBe('not known');
  });

  test('proves a store that holds everything', () => {
    const { report, proven, count } = verify((records) => records);
    expect(proven).toBe(true);
    expect(report).toMatchObject({
      accepted: count,
      verified: count,
      missing: 0,
      duplicates: 0,
      examples: [],
    });
  });

  test('finds one event missing', () => {
    const { report, proven, count } = verify((records) => records.slice(1));
    expect(proven).toBe(false);
    expect(report).toMatchObject({ accepted: count, verified: count - 1, missing: 1 });
    expect(report.examples).toEqual([expect.stringMatching(/^missing 0000000b-/)]);
  });

  test('finds one byte changed, by parsing and writing again for example', () => {
    const { report, proven } = verify(([first, ...rest]) => [
      ...rest,
      { ...(first as PlacedRecord), value: Buffer.from(`${first?.value.toString()} `) },
    ]);
    expect(proven).toBe(false);
    expect(report).toMatchObject({ altered: 1, missing: 1 });
  });

  test('finds a record in a partition that is not its key’s, or under another key', () => {
    const moved = verify((records) =>
      records.map((record) => ({ ...record, place: record.place.replace('/', '/1') })),
    );
    expect(moved.proven).toBe(false);
    expect(moved.report.misplaced).toBe(moved.count);
    const renamed = verify((records) => records.map((record) => ({ ...record, key: 'another' })));
    expect(renamed.report.misplaced).toBe(renamed.count);
  });

  test('allows duplicates and what was stored without a good answer', () => {
    const { fates, records, verification } = createRun();
    const late = new EventSource(11).at(sent);
    fates.set(late.slot, 'lost');
    const key = findEventKey(eventSlice(late.json, keyRules))?.key ?? '';
    for (const record of [...records, ...records, toRecord(key, late.json, late.eventId)]) {
      verification.add(record, partOf);
    }
    expect(verification.report()).toMatchObject({ missing: 0, duplicates: records.length });
  });

  test('passes over the records of others', () => {
    const { report } = verify((records) => [
      ...records,
      toRecord('k', '{}', undefined),
      toRecord('k', '{}', 'b6f2ba6c-5c0f-4b6f-9b0e-0d3a0c8ed7f3'),
      toRecord('k', new EventSource(12).at(0).json, new EventSource(12).at(0).eventId),
    ]);
    expect(report).toMatchObject({ altered: 0, misplaced: 0, missing: 0 });
  });
});
