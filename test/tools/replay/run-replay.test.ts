import { describe, expect, test } from 'vitest';
import type { DeadLetterSelection, DeadLetterStore } from '../../../src/ports/dead-letter.ts';
import type { StoredRecord } from '../../../src/ports/record-reader.ts';
import { type RejectionForecast, type Sink, SinkError } from '../../../src/ports/sink.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { runReplay } from '../../../src/tools/replay/run-replay.ts';
import { EventFields } from '../../../src/webhook/event-fields.ts';
import { type KeyRules, parseKeyRules } from '../../../src/webhook/key-rules.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { createMemorySink } from '../../support/memory-sink.ts';

const keyRules = parseKeyRules('*=payload.id') as KeyRules;
const topics = { events: 'events', deadLetter: 'dead', latest: 'latest' };

function letter(
  text: string,
  headers: Readonly<Record<string, string>> = {},
  place = `dead/0/${text.length}`,
): StoredRecord {
  return {
    ...{ topic: 'dead', key: null, value: Buffer.from(text), place, storedAtMs: 0 },
    headers: { reason: 'no_key', webhook: 'default', 'received-at': '2026-01-02T03:04:05.000Z', ...headers },
  };
}

/** Creates a fake store with these batches. `noted` contains the replayed records of each batch. */
function createStore(batches: readonly (readonly StoredRecord[])[]) {
  const noted: (readonly string[])[] = [];
  const store: DeadLetterStore = {
    name: 'a test',
    async *records() {
      yield* batches;
    },
    markReplayed: async (places) => void noted.push(places),
    listReplayed: async () => [],
    close: async () => {},
  };
  return { store, noted };
}

const deps = {
  planning: {
    eventFields: new EventFields(keyRules),
    recordRules: { keyRules, recordHeaders: { region: 'eu' } },
    topicsOf: () => topics,
  },
  clock: systemClock,
  selection: {},
  observe: () => {},
  stop: new AbortController().signal,
};

async function replay(
  letters: readonly StoredRecord[],
  {
    selection = {},
    dryRun = false,
    sink = createMemorySink(),
  }: Partial<{
    selection: DeadLetterSelection;
    dryRun: boolean;
    sink: ReturnType<typeof createMemorySink>;
  }> = {},
) {
  const { store, noted } = createStore([letters]);
  const report = await runReplay({
    ...deps,
    selection,
    store,
    target: dryRun ? { forecast: () => 'unknown' } : { openSink: async () => sink },
  });
  return { report, sink, places: noted.flat() };
}

const good = '{"eventId":"e", "payload":{"id":"m-1"}}';

describe('a dry run', () => {
  const reasonOf = (text: string, reason: string) => letter(text, { reason });
  const dryRun = async (letters: readonly StoredRecord[], forecast: RejectionForecast = () => 'unknown') =>
    runReplay({ ...deps, store: createStore([letters]).store, target: { forecast } });
  const large = `{"payload":{"id":"${'x'.repeat(100)}"}}`;
  const isLarge: RejectionForecast = ({ value }) => (value.length > 100 ? 'too_large' : undefined);

  test('predicts that the store rejects an event again, as the real run finds it', async () => {
    const report = await dryRun([reasonOf(large, 'too_large'), letter(good)], isLarge);
    expect(report).toMatchObject({
      uncertain: 0,
      lines: [
        { reason: 'no_key', outcome: 'replayed', deadLetters: 1, events: 1 },
        { reason: 'too_large', outcome: 'failed', detail: 'too_large', deadLetters: 1, events: 0 },
      ],
    });
  });

  test('does not count the rejected events of a body with several', async () => {
    const { lines } = await dryRun([letter(`[${large},${good}]`)], isLarge);
    expect(lines).toMatchObject([{ outcome: 'replayed', deadLetters: 1, events: 1 }]);
  });

  test('counts what it cannot predict', async () => {
    const letters = [reasonOf(large, 'too_large'), reasonOf(good, 'rejected_by_broker'), letter(good)];
    expect(await dryRun(letters)).toMatchObject({ uncertain: 2 });
    expect(await dryRun(letters, isLarge)).toMatchObject({ uncertain: 1 });
  });
});

test('is stopped after the batch that is in flight, which is remembered', async () => {
  const stop = new AbortController();
  const sink = createMemorySink();
  const { store, noted } = createStore([0, 1, 2].map((index) => [letter(good, {}, `dead/0/${index}`)]));
  const report = await runReplay({
    ...deps,
    store,
    target: { openSink: async () => sink },
    observe: (read) => (read === 2 ? stop.abort() : undefined),
    stop: stop.signal,
  });
  expect(report).toMatchObject({ read: 2, stopped: true, lines: [{ outcome: 'replayed', deadLetters: 2 }] });
  expect(noted).toEqual([['dead/0/0'], ['dead/0/1']]);
  expect(sink.records).toHaveLength(2);
});

test('opens no sink when there is nothing to replayed', async () => {
  const { store } = createStore([[letter(good)], []]);
  const openSink = async () => {
    throw new Error('nobody needs it');
  };
  const report = await runReplay({
    ...deps,
    ...{ store, target: { openSink }, selection: { reasons: ['too_large'] } },
  });
  expect(report).toMatchObject({ read: 1, notSelected: 1, lines: [] });
});

test('puts a large batch back in parts, notes each, and gives each 15 s', async () => {
  const letters = Array.from({ length: 1_001 }, (_, index) => letter(good, {}, `dead/0/${index}`));
  const { store, noted } = createStore([letters]);
  const clock = createFakeClock();
  const appendsMs: number[] = [];
  const append: Sink['append'] = async (_, deadline) => {
    appendsMs.push(deadline - clock.now());
    return [];
  };
  const openSink = async () => ({ ...createMemorySink(), append });
  await runReplay({ ...deps, store, target: { openSink }, clock, observe: () => clock.advance(60_000) });
  expect(noted.map(({ length }) => length)).toEqual([1_000, 1]);
  expect(appendsMs).toEqual(Array(1_001).fill(15_000));
});

describe('runReplay', () => {
  test('puts an event back as the receiver stores it, with its own bytes and where it came from', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const { report, sink, places } = await replay([letter(good, { traceparent }, 'dead/2/17')]);

    expect(sink.records).toEqual([
      {
        topic: 'events',
        key: 'm-1',
        value: Buffer.from(good),
        headers: {
          ce_specversion: '1.0',
          ce_id: 'e',
          ce_type: 'unknown',
          ce_source: 'urn:comapi:api-space:unknown',
          ce_subject: 'm-1',
          'content-type': 'application/json',
          'received-at': '2026-01-02T03:04:05.000Z',
          webhook: 'default',
          traceparent,
          'replayed-from': 'dead/2/17',
          region: 'eu',
        },
      },
    ]);
    expect(places).toEqual(['dead/2/17']);
    expect(report.lines).toEqual([
      {
        reason: 'no_key',
        webhook: 'default',
        outcome: 'replayed',
        detail: 'events',
        deadLetters: 1,
        events: 1,
      },
    ]);
  });

  test.each([
    ['{"payload":{}}', 'no_key', {}],
    ['not json', 'not_json', { reason: 'not_json' }],
    ['7', 'not_object', { reason: 'not_object', 'batch-index': '0' }],
    [`[${good}]`, 'not_object', { reason: 'not_object', 'batch-index': '0' }],
    ['[]', 'no_events', {}],
  ])('leaves %s where it is: it would fail again', async (text, reason, headers) => {
    const { report, sink, places } = await replay([letter(text, headers)]);
    expect(sink.records).toEqual([]);
    expect(places).toEqual([]);
    expect(report.lines).toMatchObject([{ outcome: 'failed', detail: reason, deadLetters: 1 }]);
  });

  test('leaves what the store refuses again', async () => {
    const sink = createMemorySink();
    sink.reject = () => 'too_large';
    const { report, places } = await replay([letter(good, { reason: 'too_large' })], { sink });
    expect(places).toEqual([]);
    expect(report.lines).toMatchObject([{ reason: 'too_large', outcome: 'failed', detail: 'too_large' }]);
  });

  test('puts a whole body back as its events, and what of it fails as new dead letters', async () => {
    const { report, sink, places } = await replay([letter(`[${good},{"eventId":"f"},7]`)]);
    expect(sink.records.map(({ topic, key }) => [topic, key])).toEqual([
      ['events', 'm-1'],
      ['events', 'f'],
      ['dead', null],
    ]);
    expect(places).toHaveLength(1);
    expect(report.lines).toMatchObject([{ outcome: 'replayed', deadLetters: 1, events: 2 }]);
  });

  test('a dry run says the same and does nothing', async () => {
    const { report, sink, places } = await replay([letter(good), letter('x')], { dryRun: true });
    expect(sink.records).toEqual([]);
    expect(places).toEqual([]);
    expect(report.lines.map(({ outcome }) => outcome)).toEqual(['failed', 'replayed']);
  });

  test.each([
    [{ reasons: ['no_key'] }, 1],
    [{ reasons: ['too_large', 'no_key'] }, 2],
    [{ webhooks: ['crm'] }, 1],
    [{ sinceMs: Date.parse('2026-01-02T03:04:05Z') }, 2],
    [{ sinceMs: Date.parse('2026-01-02T03:04:06Z') }, 0],
    [{ untilMs: Date.parse('2026-01-02T03:04:05Z') }, 0],
    [{}, 2],
  ])('selects by %j', async (selection, expected) => {
    const letters = [letter(good), letter(good, { reason: 'too_large', webhook: 'crm' })];
    const { report, sink } = await replay(letters, { selection });
    expect(sink.records).toHaveLength(expected);
    expect(report.notSelected).toBe(2 - expected);
  });

  test('leaves what the receiver did not write', async () => {
    const fromFilter = letter(good, { 'source-topic': 'events', 'source-partition': '0' });
    const { report, sink } = await replay([fromFilter, { ...letter(good), headers: {} }]);
    expect(sink.records).toEqual([]);
    expect(report).toMatchObject({ read: 2, foreign: 2, notSelected: 0, lines: [] });
  });

  test('remembers what was stored beside a failure, and stops before the next round', async () => {
    const sink = createMemorySink();
    const broken = {
      ...sink,
      append: (...args: Parameters<typeof sink.append>) =>
        args[0][0]?.key === 'm-2'
          ? Promise.reject(new SinkError('sink_timeout', 'too slow'))
          : sink.append(...args),
    };
    const { store, noted } = createStore(
      [1, 2].map((round) =>
        ['m-1', 'm-2'].map((id) => letter(`{"payload":{"id":"${id}"}}`, {}, `${id} ${round}`)),
      ),
    );
    await expect(runReplay({ ...deps, store, target: { openSink: async () => broken } })).rejects.toThrow(
      'too slow',
    );
    expect(noted).toEqual([['m-1 1']]);
    expect(sink.records.map(({ key }) => key)).toEqual(['m-1']);
  });

  test('stops when the store is not there, with nothing remembered', async () => {
    const sink = createMemorySink();
    sink.failure = new SinkError('sink_unavailable', 'no broker');
    await expect(replay([letter(good)], { sink })).rejects.toThrow('no broker');
  });
});
