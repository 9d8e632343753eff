import { expect, test } from 'vitest';
import type { RecordSelection } from '../../../src/ports/record-reader.ts';
import { UsageError } from '../../../src/runtime/errors.ts';
import { parseCondition } from '../../../src/tools/records/event-conditions.ts';
import { findByValues, findHistories } from '../../../src/tools/records/find-histories.ts';
import { toPlaced } from './placed-record.ts';
import { searchIn } from './search-in.ts';

/** A store that has these events outside of the partitions of their keys. */
function storeElsewhere(...events: readonly ReturnType<typeof toPlaced>[]) {
  return searchIn(
    {},
    {
      async *read(selection: RecordSelection) {
        yield selection.role === 'events' && selection.keys === undefined && !selection.extraDirectory
          ? events
          : [];
      },
    },
  );
}

test('what is not where its key belongs is looked for everywhere: by its key, by the id of an event, in other letters', async () => {
  for (const [asked, key] of [
    ['m-1', 'm-1'],
    ['e-2', 'm-2'],
    ['M-1', 'm-1'],
    ['E-2', 'm-2'],
  ] as const) {
    const { notices, deps } = storeElsewhere(
      toPlaced({ eventId: 'e-1', key: 'm-1', place: 'events/1/1' }),
      toPlaced({ eventId: 'e-2', key: 'm-2', place: 'events/2/1' }),
    );
    const lives = await findHistories([asked], deps);
    expect(lives).toMatchObject([{ id: key, events: [{ record: { key } }] }]);
    expect(lives[0]?.requestedId).toBe(asked === key ? undefined : asked);
    expect(notices).toEqual([
      `No event was found for ${asked} at the expected location. Searching the whole store, which takes longer.`,
    ]);
  }
});

test('the id of an event whose dead letter was replayed since leads to the entity of the event', async () => {
  const value = '{"eventId":"e-1","payload":{"messageId":"m-1"}}';
  const letter = toPlaced({ key: null, eventId: 'e-1', topic: 'dead', value });
  const stored = toPlaced({ key: 'm-1', eventId: 'e-1', value });
  const replayed = searchIn({ events: [[stored]], 'dead-letter': [[letter]] });
  expect(await findHistories(['e-1'], replayed.deps)).toMatchObject([
    { id: 'm-1', requestedId: 'e-1', events: [{}], deadLetters: [{}] },
  ]);
  const rejected = searchIn({ 'dead-letter': [[letter]] });
  expect(await findHistories(['e-1'], rejected.deps)).toMatchObject([
    { id: 'e-1', events: [], deadLetters: [{}] },
  ]);
});

test('a key that has blanks at its ends is found without them', async () => {
  const { deps } = storeElsewhere(toPlaced({ key: ' m-1 ' }));
  expect(await findHistories(['m-1'], deps)).toMatchObject([{ id: ' m-1 ', requestedId: 'm-1' }]);
});

test('what is found where its key belongs is not looked for elsewhere, and what is nowhere has one empty life', async () => {
  const there = searchIn({ events: [[toPlaced({})]] });
  expect(await findHistories(['m-1'], there.deps)).toHaveLength(1);
  expect(there.asked).toHaveLength(4);
  const nowhere = searchIn({ events: [[toPlaced({ key: 'other' })]] });
  expect(await findHistories(['m-1'], nowhere.deps)).toMatchObject([{ id: 'm-1', events: [], latest: {} }]);
});

test('of several ids those that were not found are looked for everywhere, and the answers keep their order', async () => {
  const { asked, deps } = searchIn({
    events: [[toPlaced({ key: 'a', eventId: 'e-1', place: 'p/1' }), toPlaced({ key: 'b', place: 'p/2' })]],
  });
  const lives = await findHistories(['none', 'e-1', 'b'], deps);
  expect(
    lives.map(({ id, requestedId: as, events }) => [id, as, 'notKnown' in events ? -1 : events.length]),
  ).toEqual([
    ['none', undefined, 0],
    ['a', 'e-1', 1],
    ['b', undefined, 1],
  ]);
  expect(asked.filter(({ role, keys }) => role === 'events' && keys === undefined)).toMatchObject([
    { formerParts: true },
  ]);
});

test('several entities may have an event of one id', async () => {
  const { deps } = searchIn({
    events: [
      [toPlaced({ eventId: 'e-1', key: 'm-1' }), toPlaced({ eventId: 'e-2', key: 'm-2' })],
      [toPlaced({ eventId: 'e-1', key: 'm-1' }), toPlaced({ eventId: 'e-1', key: null })],
      [toPlaced({ key: 'e-1' })],
    ],
  });
  expect((await findHistories(['E-1'], deps)).map(({ id }) => id)).toEqual(['m-1', 'e-1']);
});

const to = (number: string, messageId: string) => JSON.stringify({ payload: { messageId, to: number } });

test('entities are found by a member of an event, whole, also with their events that lack it', async () => {
  const { deps } = searchIn({
    events: [
      [
        toPlaced({ key: 'm-1', revision: '1', value: to('447700900000', 'm-1'), place: 'p/1' }),
        toPlaced({ key: 'm-1', revision: '2', value: '{"payload":{}}', place: 'p/2' }),
        toPlaced({ key: 'm-2', value: to('447700900001', 'm-2'), place: 'p/3' }),
      ],
    ],
    latest: [[toPlaced({ key: 'm-3', value: to('447700900000', 'm-3') })]],
    'dead-letter': [[toPlaced({ key: null, value: '{"payload":{"to":447700900000}}', place: 'd/1' })]],
  });
  const lives = await findByValues([parseCondition('payload.to=447700900000')], deps);
  expect(lives).toMatchObject([
    { id: 'm-1', events: [{ facts: { revision: '1' } }, { facts: { revision: '2' } }] },
    { id: 'm-3', events: [], latest: [{ key: 'm-3' }] },
    { id: 'payload.to=447700900000', isOf: 'rest', events: [], deadLetters: [{ place: 'd/1' }] },
  ]);
  const both = await findByValues(
    ['payload.to=447700900001', 'payload.messageId=m-2'].map(parseCondition),
    deps,
  );
  expect(both.map(({ id }) => id)).toEqual(['m-2']);
});

test('what is found nowhere is not known where records were skipped', async () => {
  const skipped = { events: 'Not all is read.' };
  const notKnown = { events: { notKnown: 'Not all is read' } };
  const stored = { events: [[toPlaced({ key: 'm-2' })]] };
  expect(await findHistories(['e-1'], searchIn(stored, {}, skipped).deps)).toMatchObject([notKnown]);
  const condition = [parseCondition('payload.to=1')];
  expect(await findByValues(condition, searchIn(stored, {}, skipped).deps)).toMatchObject([notKnown]);
});

test('of a value that has no filter and no answer of the provider these are not said to have nothing', async () => {
  const { asked, deps } = searchIn({ events: [] });
  expect(await findByValues([parseCondition('payload.to=1')], deps)).toMatchObject([
    {
      ...{ isOf: 'value', events: [], deadLetters: [] },
      latest: { unavailable: expect.stringContaining('no revision filter has run on this store') },
      reconciled: { unavailable: expect.stringContaining('cannot be searched by value') },
    },
  ]);
  // No query may return a state that was stored after the period.
  expect(asked.map(({ role, untilMs }) => [role, untilMs])).toEqual([
    ['events', 9],
    ['latest', 9],
    ['dead-letter', 9],
  ]);
});

test('what has a value beside the entities that were found is not known where records were skipped', async () => {
  const stored = { events: [[toPlaced({ key: 'm-2', value: '{"a":1}' })]] };
  const { deps } = searchIn(stored, {}, { 'dead-letter': 'A line is skipped.' });
  expect(await findByValues([parseCondition('a=1')], deps)).toMatchObject([
    { id: 'm-2' },
    { id: 'a=1', isOf: 'rest', deadLetters: { notKnown: 'A line is skipped' } },
  ]);
  const unreadable = searchIn({ ...stored, latest: new Error('no right') });
  expect(await findByValues([parseCondition('a=1')], unreadable.deps)).toMatchObject([
    { id: 'm-2' },
    { isOf: 'rest', latest: { notKnown: 'no right' } },
  ]);
});

test('a member that no event has is said', async () => {
  const { deps, notices } = searchIn({
    events: [[toPlaced({ value: '{"payload":{"to":{"phoneNumber":"1"}}}' })]],
  });
  const ask = (text: string) => findByValues([parseCondition(text)], deps);
  expect(await ask('payload.too=1')).toMatchObject([{ id: 'payload.too=1', events: [] }]);
  await ask('payload.to=1');
  await ask('to=1');
  await ask('payload.id=1');
  await ask('payload.to.phoneNumber.x=1');
  await ask('payload.to.phoneNumber=2');
  expect(notices).toEqual([
    'No event has a value at payload.too (checked 1 event). Did you mean payload.to?',
    'No event has a value at payload.to (checked 1 event). The events have payload.to.phoneNumber.',
    'No event has a value at to (checked 1 event). The events have payload.',
    'No event has a value at payload.id (checked 1 event). The events have payload.to.',
    'No event has a value at payload.to.phoneNumber.x (checked 1 event). The events have payload.to.phoneNumber.',
  ]);
});

test('more entities than a person can look at are refused, and so is a store without events', async () => {
  const many = Array.from({ length: 1_001 }, (_, index) => toPlaced({ key: `m-${index}`, value: '{"a":1}' }));
  const condition = [parseCondition('a=1')];
  await expect(findByValues(condition, searchIn({ events: [many] }).deps)).rejects.toThrow(
    'more than 1,000 entities match a=1: search a shorter period',
  );
  expect(await findByValues(condition, searchIn({ events: [many.slice(1)] }).deps)).toHaveLength(1_000);
  const refused = new UsageError('a queue shows no events');
  await expect(findByValues(condition, searchIn({ events: refused }).deps)).rejects.toBe(refused);
});
