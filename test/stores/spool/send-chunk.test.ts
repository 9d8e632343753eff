import { expect, test } from 'vitest';
import { SinkError, type SinkRecord } from '../../../src/ports/sink.ts';
import { partitionFor } from '../../../src/stores/append/partition-for.ts';
import { findFirst } from '../../../src/stores/spool/backlog.ts';
import { type SetAsideLine, sendChunk } from '../../../src/stores/spool/send-chunk.ts';
import { deadlineIn } from '../../support/deadline-in.ts';
import { createMemorySink } from '../../support/memory-sink.ts';
import { temporaryDirectory } from '../../support/test-receiver.ts';
import { createEventRecord, openTestSpool, spoolRecords, toIds } from '../../support/test-spool.ts';

const limits = { maxRecords: 100, maxBytes: 100_000 };

async function createSpooled(...events: readonly (readonly [key: string, revision: number])[]) {
  const store = createMemorySink();
  const spool = await openTestSpool(temporaryDirectory());
  await spoolRecords(
    spool,
    events.map(([key, revision]) => createEventRecord(key, revision)),
  );
  const counts = { stored: 0, deadLettered: 0 };
  const setAside: SetAsideLine[] = [];
  const refused: string[] = [];
  const state = { isLost: false };
  /** All that waits, whether or not the store has refused it. */
  const drain = async () =>
    sendChunk(
      await spool.read(findFirst(spool.backlog) ?? { segment: '', offset: 0 }, limits),
      new Set(spool.backlog),
      {
        store,
        spool,
        deadline: deadlineIn(5_000),
        topics: new Set(['events']),
        isLost: () => state.isLost,
        now: () => 0,
        onDrained({ stored, deadLettered }) {
          counts.stored += stored;
          counts.deadLettered += deadLettered;
        },
        onSetAside: (line) => setAside.push(line),
        onRefused: ({ name }) => refused.push(name),
      },
    );
  return { store, spool, drain, counts, setAside, refused, state };
}

const unavailable = new SinkError('sink_unavailable', 'a test said so');

test('stores a chunk, and notes that it is drained', async () => {
  const { store, spool, drain, counts } = await createSpooled(['a', 1], ['b', 2], ['a', 3]);
  expect(await drain()).toBe(true);
  expect(toIds(store.records).toSorted()).toEqual(['a-1', 'a-3', 'b-2']);
  expect(spool.records).toBe(0);
  expect(counts).toEqual({ stored: 3, deadLettered: 0 });
});

test('sends only what is not stored yet when it is tried again', async () => {
  const { store, spool, drain, counts, refused } = await createSpooled(['a', 1], ['b', 2], ['a', 3]);
  store.refuse = ({ key }) => (key === 'a' ? unavailable : undefined);
  await drain();
  expect([spool.records, toIds(store.records), refused]).toEqual([2, ['b-2'], ['events']]);
  const problems = () => [...spool.backlog].map(({ problem }) => problem);
  expect(problems()).toEqual(['a test said so']);
  store.refuse = () => undefined;
  await drain();
  expect(problems()).toEqual([undefined]);
  expect([spool.records, toIds(store.records)]).toEqual([0, ['b-2', 'a-1', 'a-3']]);
  expect(counts.stored).toBe(3);
});

test('leaves the partition behind that refuses, and drains the others', async () => {
  const { store, spool, drain, refused } = await createSpooled(['a', 1], ['b', 2], ['c', 3], ['a', 4]);
  store.partitions = 12;
  const isOfA = ({ key }: SinkRecord) => partitionFor(key ?? '', 12) === partitionFor('a', 12);
  store.refuse = (record) => (isOfA(record) ? unavailable : undefined);
  await drain();
  expect(toIds(store.records).toSorted()).toEqual(['b-2', 'c-3']);
  expect(refused).toEqual([`events ${partitionFor('a', 12)}/12`]);
  await spoolRecords(spool, [createEventRecord('b', 5), createEventRecord('a', 6)]);
  await drain();
  expect(toIds(store.records).toSorted()).toEqual(['b-2', 'b-5', 'c-3']);
  store.refuse = () => undefined;
  await drain();
  expect(toIds(store.records).slice(-3)).toEqual(['a-1', 'a-4', 'a-6']);
  expect(spool.records).toBe(0);
});

test('asks the store for nothing that it says it does not take', async () => {
  const { store, spool, drain } = await createSpooled(['a', 1]);
  store.up = false;
  store.append = () => Promise.reject(new Error('nobody may ask it'));
  expect(await drain()).toBe(false);
  expect([spool.records, [...spool.backlog].map(({ problem }) => problem)]).toEqual([
    1,
    ['a test switched it off'],
  ]);
});

test('notes nothing of a spool that another process has meanwhile', async () => {
  const { store, spool, drain, state } = await createSpooled(['a', 1]);
  state.isLost = true;
  await drain();
  expect([toIds(store.records), spool.records]).toEqual([['a-1'], 1]);
});

test('finds the record on which the store itself fails, sets it aside, and stores its neighbours', async () => {
  const { store, spool, drain, setAside } = await createSpooled(['a', 1], ['a', 2], ['a', 3]);
  const { append } = store;
  store.append = async (records, deadline) => {
    if (toIds(records).includes('a-2')) {
      throw new TypeError('a defect');
    }
    return append(records, deadline);
  };
  await drain();
  expect(toIds(store.records)).toEqual(['a-1', 'a-3']);
  expect(setAside.map(({ why, line }) => [why, line.record?.headers.ce_id])).toEqual([['a defect', 'a-2']]);
  expect([spool.records, spool.setAside.records]).toEqual([0, 1]);
});

test('finds such a record among many in few appends, in order', async () => {
  const many = Array.from({ length: 100 }, (_, index) => ['a', index + 1] as const);
  const { store, drain, setAside } = await createSpooled(...many);
  const { append } = store;
  let appends = 0;
  store.append = async (records, deadline) => {
    appends += 1;
    if (toIds(records).includes('a-50')) {
      throw new TypeError('a defect');
    }
    return append(records, deadline);
  };
  await drain();
  expect(toIds(store.records)).toEqual(
    many.map(([, revision]) => `a-${revision}`).filter((id) => id !== 'a-50'),
  );
  expect(setAside.map(({ line }) => line.record?.headers.ce_id)).toEqual(['a-50']);
  // Two for each halving of a hundred.
  expect(appends).toBeLessThanOrEqual(15);
});

test('keeps lines while it can neither write nor remember what has to be set aside', async () => {
  const { store, spool, drain, setAside } = await createSpooled(['a', 1]);
  store.reject = () => 'rejected_by_broker';
  const add = spool.setAside.add.bind(spool.setAside);
  spool.setAside.add = () => Promise.reject(new Error('too many records wait'));
  await expect(drain()).rejects.toThrow('too many records wait');
  expect([spool.records, setAside.length]).toEqual([1, 0]);
  spool.setAside.add = add;
  await drain();
  expect([spool.records, spool.setAside.records, setAside.length]).toEqual([0, 1, 1]);
});

test('finds the records that the store does not route, and stores what stands behind them', async () => {
  const { store, spool, drain, setAside } = await createSpooled(['a', 1], ['b', 2], ['a', 3]);
  const { append } = store;
  store.append = async (records, deadline) => {
    if (records.some(({ key }) => key === 'a')) {
      throw new SinkError('sink_unroutable', 'no queue takes it');
    }
    return append(records, deadline);
  };
  await drain();
  expect(toIds(store.records)).toEqual(['b-2']);
  // These records have no dead letter to become.
  expect(setAside.map(({ why, line }) => [why, line.record?.headers.ce_id])).toEqual([
    ['rejected_by_broker', 'a-1'],
    ['rejected_by_broker', 'a-3'],
  ]);
  expect([spool.records, spool.setAside.records]).toEqual([0, 2]);
});
