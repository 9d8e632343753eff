import { describe, expect, test } from 'vitest';
import type { ReplaySource } from '../../../src/ports/event-replay.ts';
import type { PlacedRecord } from '../../../src/ports/record-reader.ts';
import { SinkError } from '../../../src/ports/sink.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { type EventReplayDeps, runEventReplay } from '../../../src/tools/replay/run-event-replay.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { createMemorySink } from '../../support/memory-sink.ts';
import { toPlaced } from '../records/placed-record.ts';

/** A store with these batches, and what it was told. */
function createSource(batches: readonly (readonly PlacedRecord[])[]) {
  const told: string[] = [];
  const source: ReplaySource = {
    name: 'a test',
    begin: async () => run,
    async *records() {
      yield* batches;
    },
    note: async (done) => void told.push(`done ${done.map(({ place }) => place).join()}`),
    remember: async () => void told.push('remember'),
    finish: async () => void told.push('finish'),
    findRepeated: async (copies) => {
      const places = new Set(batches.flat().map(({ place }) => place));
      return new Set(copies.flatMap(({ record, origin }) => (places.has(origin) ? [record] : [])));
    },
    close: async () => {},
  };
  return { source, told };
}

const run = { options: '', startedAtMs: 0, sinceMs: 0 };

async function replay(
  batches: readonly (readonly PlacedRecord[])[],
  more: Partial<EventReplayDeps> & { readonly dryRun?: boolean } = {},
) {
  const { source, told } = createSource(batches);
  const sink = createMemorySink();
  const { dryRun = false, ...deps } = more;
  const report = await runEventReplay({
    ...{ source, run, sink: dryRun ? undefined : sink, clock: systemClock, observe() {} },
    ...{ isWanted: () => true, nameOf: ({ headers }) => headers.ce_type, stop: new AbortController().signal },
    ...deps,
  });
  return { report, told, records: sink.records };
}

const at = (offset: number, more: Parameters<typeof toPlaced>[0] = {}) =>
  toPlaced({ place: `events/0/${offset}`, ...more });

describe('events that are put back', () => {
  test('keep their bytes, key and headers, and say where they were read', async () => {
    const event = at(7, { key: 'k', value: '{"n":1.0}', revision: '3' });
    const { records, report, told } = await replay([[event]]);
    const headers = { ...event.headers, 'repeated-from': 'events/0/7' };
    expect(records).toEqual([{ topic: 'events', key: 'k', value: event.value, headers }]);
    expect(report.lines).toEqual([
      {
        ...{ name: 'message.sent', outcome: 'replayed', detail: 'events', events: 1 },
        firstPlace: 'events/0/7',
      },
    ]);
    expect(told).toEqual(['done events/0/7', 'finish']);
  });

  test('go to the topic that was asked for; of a journal the header names the topic too', async () => {
    const { records } = await replay([[toPlaced({ place: '0000000001-aaaaaaaa.jsonl/0' })]], {
      target: 'again',
    });
    expect(records).toMatchObject([
      { topic: 'again', headers: { 'repeated-from': 'events/0000000001-aaaaaaaa.jsonl/0' } },
    ]);
  });

  test('are not those of other names, of other producers, and what an earlier run has put there', async () => {
    const copy = (from: string, place = 'events/0/9', topic = 'events') =>
      toPlaced({ topic, place, headers: { 'repeated-from': from, ce_type: 'copy' } });
    const { report, records } = await replay(
      [
        [at(1, { name: 'chat.create' }), at(2, { key: null }), copy('events/0/1')],
        [toPlaced({ place: 'events.4/1-0' }), copy('events.4/1-0', 'events.2/9-0'), copy('other/0/1')],
        [copy('events.4/1'), copy('events/3/1')],
        [at(3, { headers: { reason: 'unreadable_batch' } }), at(4, { value: '' })],
      ],
      { isWanted: ({ headers }) => headers.ce_type !== 'chat.create' },
    );
    expect(report).toMatchObject({ read: 10, notSelected: 1, copies: 2, foreign: 3 });
    // Copies of what stands elsewhere, or is gone, are events like others.
    expect(records.map(({ headers }) => headers['repeated-from'])).toEqual([
      'events.4/1-0',
      ...['events/0/9', 'events/0/9', 'events/0/9'],
    ]);
  });

  test('go to the store together, of however many batches they are', async () => {
    const wanted = ({ place }: PlacedRecord) => place !== 'events/0/2';
    const { told, report } = await replay([[at(1), at(2)], [], [at(3)], [at(4)]], { isWanted: wanted });
    expect(told).toEqual(['done events/0/1,events/0/3,events/0/4', 'finish']);
    expect(report).toMatchObject({ read: 4, notSelected: 1 });
  });

  test('are counted only when the store has taken them', async () => {
    const sink = createMemorySink();
    sink.reject = ({ value }) => (value.length > 2 ? 'too_large' : undefined);
    const { report, told } = await replay([[at(1), at(2, { value: 'large' })]], { sink });
    expect(report.lines).toMatchObject([
      { outcome: 'rejected', detail: 'too_large', firstPlace: 'events/0/2', events: 1 },
      { outcome: 'replayed', events: 1 },
    ]);
    expect(told).toEqual(['done events/0/1', 'finish']);
  });
});

/** Two of them are not put back at once. */
const large = { value: 'x'.repeat(600_000) };

describe('what is remembered', () => {
  test('nothing by a dry run', async () => {
    const { report, told, records } = await replay([[at(1)], [at(2)]], { dryRun: true });
    expect([told, records]).toEqual([[], []]);
    expect(report.lines).toMatchObject([{ outcome: 'replayed', events: 2 }]);
  });

  test('how far it is, every quarter of a second and when it was stopped', async () => {
    const stop = new AbortController();
    const clock = createFakeClock();
    let put = 0;
    const observe = () => {
      put += 1;
      clock.advance(put === 2 ? 250 : 1);
      if (put === 3) {
        stop.abort();
      }
    };
    const batches = [[at(1, large)], [at(2, large), at(3, large)], [at(4, large)]];
    const { report, told } = await replay(batches, { clock, observe, stop: stop.signal });
    expect(report.stopped).toBe(true);
    expect(told).toEqual(['done events/0/1', 'done events/0/2', 'remember', 'done events/0/3', 'remember']);
  });

  test('what was stored before the store failed', async () => {
    const sink = createMemorySink();
    const { source, told } = createSource([[at(1, large), at(2, large)]]);
    const failure = new SinkError('sink_timeout', 'too late');
    const observe = () => {
      sink.failure = failure;
    };
    const deps = { clock: systemClock, isWanted: () => true, nameOf: () => 'a' };
    const { signal } = new AbortController();
    await expect(runEventReplay({ ...deps, source, run, sink, observe, stop: signal })).rejects.toBe(failure);
    expect(told).toEqual(['done events/0/1', 'remember']);
  });
});
