import { expect, test } from 'vitest';
import type { RecordRole, RecordSelection } from '../../../src/ports/record-reader.ts';
import { UsageError } from '../../../src/runtime/errors.ts';
import {
  type FindLifeDeps,
  findEverywhere,
  findLife,
  findLives,
} from '../../../src/tools/records/find-life.ts';
import { toPlaced } from './placed-record.ts';

const topics = [{ events: 'events', deadLetter: 'dead', latest: 'latest' }];
type Batches = readonly (readonly ReturnType<typeof toPlaced>[])[];

/** A store that gives these records, or fails, and remembers what it was asked for. */
function searchIn(stored: Partial<Record<RecordRole, Batches | Error>>, given: Partial<FindLifeDeps> = {}) {
  const asked: RecordSelection[] = [];
  const deps: FindLifeDeps = {
    ...{ topics, sinceMs: 1, nowMs: 9, readSpooled: undefined, signal: new AbortController().signal },
    observer: { begins() {}, passed() {}, notice() {} },
    async *read(selection, { follow, observer }) {
      asked.push(selection);
      expect(follow).toBe(false);
      observer.begins(`${selection.role}/0`, 1);
      const batches = stored[selection.role] ?? [];
      if (batches instanceof Error) {
        throw batches;
      }
      yield* batches;
    },
    ...given,
  };
  return { asked, deps };
}

const list = (looked: readonly { readonly place: string }[] | { readonly notKnown: string }) =>
  'notKnown' in looked ? looked : looked.map(({ place }) => place);

test('a life is the events and states of the key, and the dead letters that mention it', async () => {
  const { asked, deps } = searchIn({
    events: [[toPlaced({ revision: '1' })], [toPlaced({ revision: '3' }), toPlaced({ revision: '2' })]],
    'dead-letter': [[toPlaced({ key: null, value: '"m-1"', place: 'd/0/1' }), toPlaced({ key: null })]],
    latest: [
      [toPlaced({ topic: 'latest', revision: '1', place: 'latest/0/1' })],
      [toPlaced({ topic: 'latest', revision: '3', place: 'latest/0/4' })],
    ],
  });
  const life = await findLife('m-1', deps);
  expect(life).toMatchObject({
    events: [{ outcome: 'later' }, { outcome: 'later' }, { outcome: 'obsolete' }],
    spooled: { notKnown: 'SPOOL_DIR is not set' },
    lookedAt: ['events/0', 'dead-letter/0', 'latest/0'],
  });
  expect(list(life.deadLetters)).toEqual(['d/0/1']);
  // A compacted topic may hold earlier ones.
  expect(list(life.latest)).toEqual(['latest/0/4']);
  expect(asked).toEqual([
    { role: 'events', topics, key: 'm-1', sinceMs: 1 },
    { role: 'dead-letter', topics, sinceMs: 1 },
    // However old: it may be the last witness.
    { role: 'latest', topics, key: 'm-1', sinceMs: 0 },
  ]);
});

test('what is kept of a batch does not keep the batch in memory', async () => {
  const batch = Buffer.alloc(1_000_000, ' ');
  const { deps } = searchIn({ events: [[{ ...toPlaced({}), value: batch.subarray(0, 2) }]] });
  const { events } = await findLife('m-1', deps);
  expect('notKnown' in events ? 0 : events[0]?.record.value.buffer.byteLength).toBeLessThan(1_000_000);
});

test('a part that cannot be looked at is said, and the others are shown', async () => {
  const { deps } = searchIn({
    events: new UsageError('A queue shows no events.'),
    'dead-letter': [[toPlaced({ key: null, value: '"m-1"' })]],
    latest: new Error('no topic latest'),
  });
  expect(await findLife('m-1', deps)).toMatchObject({
    events: { notKnown: 'A queue shows no events' },
    deadLetters: [{ place: 'events/0/7' }],
    latest: { notKnown: 'no topic latest' },
  });
});

test('a store that shows neither events nor dead letters is an error, as is one that fails', async () => {
  const usage = new UsageError('no');
  await expect(findLife('m-1', searchIn({ events: usage, 'dead-letter': usage }).deps)).rejects.toBe(usage);
  const away = new Error('the broker is away');
  await expect(findLife('m-1', searchIn({ events: away }).deps)).rejects.toBe(away);
});

test('a spool shows what has the key, and what is about the key and has none', async () => {
  const spooled = [
    toPlaced({ key: 'm-1', place: 'a' }),
    toPlaced({ key: 'm-2', value: '"m-1"', place: 'b' }),
    toPlaced({ key: null, value: '"m-1"', place: 'c' }),
    toPlaced({ key: 'm-2', eventId: 'm-1', place: 'd' }),
  ];
  const { deps } = searchIn({}, { readSpooled: () => streamOf(spooled) });
  expect(await findLife('m-1', deps)).toMatchObject({
    spooled: [{ place: 'a' }, { place: 'c' }, { place: 'd' }],
  });
});

async function* streamOf<T>(values: readonly T[]) {
  yield* values;
}

test('what is not where its key belongs is looked for everywhere: by its key, or by the id of an event', async () => {
  const elsewhere = [[toPlaced({ eventId: 'e-1', key: 'm-1' }), toPlaced({ eventId: 'e-2', key: 'm-2' })]];
  for (const [id, entity] of [
    ['m-1', 'm-1'],
    ['e-2', 'm-2'],
  ] as const) {
    const asked: RecordSelection[] = [];
    const notices: string[] = [];
    const { deps } = searchIn(
      {},
      {
        observer: { begins() {}, passed() {}, notice: (text) => notices.push(text) },
        async *read(selection) {
          asked.push(selection);
          yield* selection.role === 'events' && selection.key === undefined ? elsewhere : [];
        },
      },
    );
    const [life, ...others] = await findLives(id, deps);
    expect([life.id, others]).toEqual([entity, []]);
    expect(life.events).toMatchObject([{ record: { key: entity } }]);
    expect(notices).toEqual([`Nothing was found where ${id} would be stored: everything is looked through.`]);
    expect(asked.map(({ role, key }) => [role, key])).toEqual([
      ...['events', 'dead-letter', 'latest'].map((role) => [role, role === 'dead-letter' ? undefined : id]),
      ['events', undefined],
      ...['events', 'dead-letter', 'latest'].map((role) => [
        role,
        role === 'dead-letter' ? undefined : entity,
      ]),
      ...['events', 'dead-letter', 'latest'].map((role) => [role, undefined]),
    ]);
  }
});

test('what is found where its key belongs is not looked for elsewhere, and what is nowhere has one empty life', async () => {
  const there = searchIn({ events: [[toPlaced({})]] });
  expect(await findLives('m-1', there.deps)).toHaveLength(1);
  expect(there.asked).toHaveLength(3);
  const nowhere = searchIn({ events: [[toPlaced({ key: 'other' })]] });
  expect(await findLives('m-1', nowhere.deps)).toMatchObject([{ id: 'm-1', events: [], latest: [] }]);
});

test('several entities may have an event of one id', async () => {
  const { deps } = searchIn({
    events: [
      [toPlaced({ eventId: 'e-1', key: 'm-1' }), toPlaced({ eventId: 'e-2', key: 'm-2' })],
      [toPlaced({ eventId: 'e-1', key: 'm-1' }), toPlaced({ eventId: 'e-1', key: null })],
      [toPlaced({ key: 'e-1' })],
    ],
  });
  expect((await findEverywhere('e-1', deps)).map(({ id }) => id)).toEqual(['m-1', 'e-1']);
});

test('a search ends when it is stopped, also when the store does not answer', async () => {
  const stopping = new AbortController();
  const { deps } = searchIn({}, { signal: stopping.signal, read: () => ({ [Symbol.asyncIterator]: hang }) });
  const searching = findLife('m-1', deps);
  stopping.abort();
  expect(await searching).toMatchObject({ events: [] });
});

const hang = () => ({ next: () => new Promise<never>(() => {}) });
