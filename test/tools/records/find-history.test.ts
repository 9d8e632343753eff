import { expect, test } from 'vitest';
import { UsageError } from '../../../src/runtime/errors.ts';
import { isFoundList, type OptionalLookup } from '../../../src/tools/records/entity-history.ts';
import { type FindHistoryDeps, findHistoriesOfKeys } from '../../../src/tools/records/find-history.ts';
import { toPlaced } from './placed-record.ts';
import { searchIn, topics } from './search-in.ts';

const findLife = async (id: string, deps: FindHistoryDeps) => {
  const [life] = await findHistoriesOfKeys([id], deps);
  expect(life?.id).toBe(id);
  return life as NonNullable<typeof life>;
};

const list = (looked: OptionalLookup<{ readonly place: string }>) =>
  isFoundList(looked) ? looked.map(({ place }) => place) : looked;

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
    lookedAt: ['events/0', 'dead-letter/0', 'latest/0'],
  });
  expect(list(life.deadLetters)).toEqual(['d/0/1']);
  // A compacted topic may also contain earlier states.
  expect(list(life.latest)).toEqual(['latest/0/4']);
  expect(asked).toEqual([
    { role: 'events', topics, keys: new Set(['m-1']), formerParts: true, sinceMs: 1, untilMs: 9 },
    { role: 'dead-letter', topics, sinceMs: 1, untilMs: 9 },
    // States are read regardless of their age, because a state may be the only remaining record.
    {
      ...{ role: 'latest', topics, keys: new Set(['m-1']), sinceMs: 0 },
      ...{ formerParts: true, mayBeMissing: true },
    },
    {
      ...{
        role: 'events',
        extraDirectory: 'reconciled',
        keys: new Set(['m-1']),
        sinceMs: 0,
        mayBeMissing: true,
      },
      topics: [{ ...topics[0], events: 'reconciled' }],
    },
  ]);
});

test('what was reconciled of several topics is in one place, and looked for once', async () => {
  const others = [{ events: 'chats', deadLetter: 'dead', latest: 'latest' }];
  const { asked, deps } = searchIn({}, { topics: [...topics, ...others] });
  await findLife('m-1', deps);
  expect(asked.at(-1)?.topics).toEqual([{ ...topics[0], events: 'reconciled' }]);
});

test('several lives are read together, each with its own', async () => {
  const { asked, deps } = searchIn({
    events: [[toPlaced({ key: 'a' }), toPlaced({ key: 'b', revision: '2' }), toPlaced({ key: 'c' })]],
    'dead-letter': [[toPlaced({ key: null, value: '"b"', place: 'd/0/1' })]],
    latest: [[toPlaced({ key: 'a', topic: 'latest', place: 'latest/0/1' })]],
    reconciled: [[toPlaced({ key: 'a', place: 'reconciled/0/1' })]],
  });
  expect(await findHistoriesOfKeys(['a', 'b', 'd'], deps)).toMatchObject([
    {
      ...{ id: 'a', events: [{ record: { key: 'a' } }], deadLetters: [] },
      ...{ latest: [{ place: 'latest/0/1' }], reconciled: [{ place: 'reconciled/0/1' }] },
    },
    { id: 'b', events: [{ facts: { revision: '2' } }], deadLetters: [{ place: 'd/0/1' }], latest: [] },
    { id: 'd', events: [], deadLetters: [], latest: [], reconciled: [] },
  ]);
  expect(asked).toHaveLength(4);
});

test('what is not there differs from what is there and empty', async () => {
  const there = await findLife('m-1', searchIn({ latest: [], reconciled: [] }).deps);
  expect(there).toMatchObject({ latest: [], reconciled: [] });
  const missing = await findLife('m-1', searchIn({}).deps);
  expect(missing).toMatchObject({
    latest: { unavailable: expect.stringContaining('no revision filter has run on this store') },
    reconciled: { unavailable: '"reconcile --messages --write" has stored no states' },
  });
  const never = await findLife('m-1', searchIn({ latest: new UsageError('RabbitMQ has none.') }).deps);
  expect(never.latest).toEqual({ unavailable: 'RabbitMQ has none' });
});

test('a key of which nothing was found is not known where records were skipped', async () => {
  const skipped = { events: 'Not all is read.', 'dead-letter': 'A line is skipped.' };
  const { notices, deps } = searchIn({ events: [[toPlaced({ key: 'a' })]] }, {}, skipped);
  expect(await findHistoriesOfKeys(['a', 'b'], deps)).toMatchObject([
    {
      ...{ events: [{ record: { key: 'a' } }], skipped: ['Not all is read.'] },
      deadLetters: { notKnown: 'A line is skipped' },
    },
    { events: { notKnown: 'Not all is read' }, deadLetters: { notKnown: 'A line is skipped' } },
  ]);
  expect(new Set(notices)).toEqual(new Set(Object.values(skipped)));
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
  const away = new Error('the broker is unavailable');
  await expect(findLife('m-1', searchIn({ events: away }).deps)).rejects.toBe(away);
});

test('a search ends when it is stopped, also when the store does not answer', async () => {
  const stopping = new AbortController();
  const { deps } = searchIn({}, { signal: stopping.signal, read: () => ({ [Symbol.asyncIterator]: hang }) });
  const searching = findLife('m-1', deps);
  stopping.abort();
  expect(await searching).toMatchObject({ events: [] });
});

const hang = () => ({ next: () => new Promise<never>(() => {}) });
