import { expect, test } from 'vitest';
import type { RecordSelection, StoredRecord } from '../../../src/ports/record-reader.ts';
import { compareCounts } from '../../../src/tools/reconcile/compare-counts.ts';
import { CountGrid, defaultCountedNames, hourMs } from '../../../src/tools/reconcile/count-grid.ts';
import { countStoredEventsByHour } from '../../../src/tools/reconcile/count-stored.ts';

const fromMs = Date.UTC(2026, 10, 20);
const toMs = fromMs + 3 * hourMs;

interface StoredEvent {
  readonly id: string;
  readonly atMs?: number;
  readonly name?: string;
  readonly revision?: string;
  readonly storedAtMs?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

function toRecord(event: StoredEvent): StoredRecord {
  const { id, atMs = fromMs, name = 'message.sent', revision, storedAtMs = fromMs } = event;
  const headers = {
    ...{ ce_specversion: '1.0', ce_id: id, ce_type: name, ce_time: new Date(atMs).toISOString() },
    ...(revision !== undefined && { ce_subject: 'm1', revision }),
  };
  const value = Buffer.from('{"payload":{"details":{"channel":"sms"}}}');
  return { ...{ topic: 't', key: 'm1', place: id, value, storedAtMs }, headers: event.headers ?? headers };
}

async function count(events: readonly StoredEvent[], maxEvents = 1_000) {
  const grid = new CountGrid({ fromMs, toMs, toleranceMs: 0, names: defaultCountedNames });
  const selections: RecordSelection[] = [];
  const facts = await countStoredEventsByHour({
    grid,
    async *read(selection) {
      selections.push(selection);
      yield events.map(toRecord);
    },
    topics: [],
    maxEvents,
    observer: { onStart() {}, onProgress() {}, onWarning() {} },
    signal: new AbortController().signal,
  });
  const { hours, names } = compareCounts(grid, toMs);
  const byHour = hours.map((hour) => hour.names.reduce((sum, { stored }) => sum + stored, 0));
  return { byHour, names, facts, selections };
}

test('an event counts once: by its identifier, and by name and revision of its entity', async () => {
  const { byHour } = await count([
    { id: 'a' },
    { id: 'a' },
    { id: 'b', revision: '1' },
    { id: 'c', revision: '1' },
    { id: 'd', revision: '2' },
    { id: 'e', revision: '2', name: 'message.read' },
  ]);
  expect(byHour).toEqual([4, 0, 0]);
});

test('an event belongs to the hour in which it occurred, however late it is stored', async () => {
  const late = { storedAtMs: toMs + 100, atMs: fromMs + 2 * hourMs };
  const { byHour, selections, facts } = await count([
    { id: 'a', ...late },
    { id: 'b', atMs: fromMs + hourMs },
    { id: 'c', atMs: toMs, storedAtMs: fromMs - 5 },
  ]);
  expect(byHour).toEqual([0, 1, 1]);
  expect(selections).toMatchObject([{ role: 'events', sinceMs: fromMs - hourMs - 300_000 }]);
  expect(facts.firstStoredAtMs).toBe(fromMs - 5);
});

test('without a time of its own, an event has the time at which it was received, otherwise stored', async () => {
  const { byHour } = await count([
    { id: 'a', headers: { ce_type: 'message.sent', 'received-at': new Date(fromMs + hourMs).toISOString() } },
    {
      id: 'b',
      headers: { ce_specversion: '1.0', ce_type: 'message.sent', ce_id: 'b' },
      storedAtMs: toMs - 1,
    },
  ]);
  expect(byHour).toEqual([0, 1, 1]);
});

test('names that are not compared do not count', async () => {
  const { byHour } = await count([
    { id: 'a', name: 'message.sentRequest' },
    { id: 'b', name: 'profile.update' },
  ]);
  expect(byHour).toEqual([0, 0, 0]);
});

test('more events than memory holds are refused, repeats not counted', async () => {
  const events = ['a', 'b', 'b', 'c'].map((id) => ({ id }));
  expect((await count(events, 3)).byHour).toEqual([3, 0, 0]);
  await expect(count(events, 2)).rejects.toThrow(
    'the period contains more than 2 stored events: compare shorter periods with --since and --until',
  );
});
