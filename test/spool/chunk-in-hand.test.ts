import { expect, test } from 'vitest';
import { SinkError } from '../../src/sink/sink.ts';
import { ChunkInHand, type SetAsideLine } from '../../src/spool/chunk-in-hand.ts';
import { deadlineIn } from '../support/deadline-in.ts';
import { createMemorySink } from '../support/memory-sink.ts';
import { temporaryDirectory } from '../support/test-receiver.ts';
import { createEventRecord, keepTestSpool, toIds } from '../support/test-spool.ts';

async function takeChunk(...events: readonly (readonly [key: string, revision: number])[]) {
  const store = createMemorySink();
  const spool = await keepTestSpool(temporaryDirectory());
  await spool.append(
    events.map(([key, revision]) => createEventRecord(key, revision)),
    5_000,
  );
  const counts = { stored: 0, deadLettered: 0 };
  const setAside: SetAsideLine[] = [];
  const chunk = new ChunkInHand(await spool.read({ maxRecords: 100, maxBytes: 100_000 }), {
    store,
    spool,
    topics: new Set(['events']),
    onDrained({ stored, deadLettered }) {
      counts.stored += stored;
      counts.deadLettered += deadLettered;
    },
    onSetAside: (line) => setAside.push(line),
  });
  return { store, spool, chunk, counts, setAside };
}

test('stores a chunk, and notes that it is drained', async () => {
  const { store, spool, chunk, counts } = await takeChunk(['a', 1], ['b', 2], ['a', 3]);
  await chunk.drain(deadlineIn(5_000));
  expect(toIds(store.records).toSorted()).toEqual(['a-1', 'a-3', 'b-2']);
  expect(spool.records).toBe(0);
  expect(counts).toEqual({ stored: 3, deadLettered: 0 });
});

test('sends only what is not stored yet when it is tried again', async () => {
  const { store, spool, chunk, counts } = await takeChunk(['a', 1], ['b', 2], ['a', 3]);
  const failure = new SinkError('sink_unavailable', 'the partition of a has no leader');
  const { append } = store;
  store.append = async (records, deadline) => {
    if (records[0]?.key === 'a') {
      throw failure;
    }
    return append(records, deadline);
  };
  await expect(chunk.drain(0)).rejects.toBe(failure);
  expect([spool.records, toIds(store.records)]).toEqual([3, ['b-2']]);
  store.append = append;
  await chunk.drain(0);
  expect([spool.records, toIds(store.records)]).toEqual([0, ['b-2', 'a-1', 'a-3']]);
  expect(counts.stored).toBe(3);
});

test('finds the record on which the store itself fails, sets it aside, and stores its neighbours', async () => {
  const { store, spool, chunk, setAside } = await takeChunk(['a', 1], ['a', 2], ['a', 3]);
  const { append } = store;
  store.append = async (records, deadline) => {
    if (toIds(records).includes('a-2')) {
      throw new TypeError('a defect');
    }
    return append(records, deadline);
  };
  await chunk.drain(0);
  expect(toIds(store.records)).toEqual(['a-1', 'a-3']);
  expect(setAside.map(({ why, line }) => [why, line.record?.headers.ce_id])).toEqual([['a defect', 'a-2']]);
  expect([spool.records, spool.setAsideRecords]).toEqual([0, 1]);
});

test('keeps a chunk while it can neither write nor remember what has to be set aside', async () => {
  const { store, spool, chunk, setAside } = await takeChunk(['a', 1]);
  store.reject = () => 'rejected_by_broker';
  const add = spool.setAside.bind(spool);
  spool.setAside = () => Promise.reject(new Error('too many records wait'));
  await expect(chunk.drain(0)).rejects.toThrow('too many records wait');
  expect([spool.records, setAside.length]).toEqual([1, 0]);
  spool.setAside = add;
  await chunk.drain(0);
  expect([spool.records, spool.setAsideRecords, setAside.length]).toEqual([0, 1, 1]);
});

test('finds the records that the store does not route, and stores what stands behind them', async () => {
  const { store, spool, chunk, setAside } = await takeChunk(['a', 1], ['b', 2], ['a', 3]);
  const { append } = store;
  store.append = async (records, deadline) => {
    if (records.some(({ key }) => key === 'a')) {
      throw new SinkError('sink_unroutable', 'no queue takes it');
    }
    return append(records, deadline);
  };
  await chunk.drain(0);
  expect(toIds(store.records)).toEqual(['b-2']);
  // These records have no dead letter to become.
  expect(setAside.map(({ why, line }) => [why, line.record?.headers.ce_id])).toEqual([
    ['rejected_by_broker', 'a-1'],
    ['rejected_by_broker', 'a-3'],
  ]);
  expect([spool.records, spool.setAsideRecords]).toEqual([0, 2]);
});
