import { expect, test } from 'vitest';
import type { LogRecord } from '../../../../src/filter/log-record.ts';
import type { KafkaClient } from '../../../../src/stores/kafka/cluster/client/kafka-client.ts';
import { encodeKeyAsLatin1, KeyStateReader } from '../../../../src/stores/kafka/consume/key-state-reader.ts';
import { createTrackedRecord } from '../../../support/filter/tracked-record.ts';

const of = { topic: 'latest', partition: 3 };
const wanted = new Map(['a', 'b'].map((key) => [encodeKeyAsLatin1(Buffer.from(key)), key]));

const stateAt = (offset: number, key: string, revision: number): LogRecord => ({
  ...createTrackedRecord(key, revision, 1_000 + offset),
  offset,
});

const tombstoneAt = (offset: number, key: string, revision?: number): LogRecord => ({
  ...stateAt(offset, key, 0),
  value: null,
  header: (name) => (name === 'entity-revision' ? revision?.toString() : undefined),
});

/** Sets up a partition with these records. Each fetch returns one record. */
function setUp(log: readonly LogRecord[]) {
  const reader = {
    async fetch(_of: object, { fromOffset }: { readonly fromOffset: number }) {
      const records = log.filter(({ offset }) => offset >= fromOffset).slice(0, 1);
      return { records, nextOffset: (records[0]?.offset ?? 99) + 1 };
    },
  } as unknown as KafkaClient['reader'];
  const states = new KeyStateReader({ reader } as KafkaClient, of, wanted);
  const passed: number[] = [];
  return {
    passed,
    async read(from: number, to: number) {
      const observer = {
        onStart() {},
        onWarning() {},
        onProgress: (offsets: number) => void passed.push(offsets),
      };
      const found = await states.read({ from, to }, observer);
      return found.map(({ tombstone: { key, revision }, state }) => [
        key.toString(),
        revision,
        state?.place,
        state?.revision,
      ]);
    },
  };
}

test.each([undefined, 5])(
  'a tombstone that names revision %s forgets a higher one: another follows, and no state is shown',
  async (revision) => {
    const { read } = setUp([stateAt(0, 'a', 7), tombstoneAt(1, 'a', revision)]);
    expect(await read(0, 2)).toEqual([['a', 7n, undefined, undefined]]);
  },
);

test('what was read before counts when more is read', async () => {
  const { read } = setUp([stateAt(0, 'a', 7), stateAt(1, 'a', 6), tombstoneAt(2, 'a', 6)]);
  await read(0, 1);
  expect(await read(1, 2)).toEqual([['a', 7n, 'latest/3/1', '7']]);
  expect(await read(2, 3)).toEqual([['a', 7n, undefined, undefined]]);
});

test('it tells how far it is, and finds nothing where a tombstone of the same revision follows', async () => {
  const log = [stateAt(0, 'a', 7), stateAt(3, 'of others', 1), tombstoneAt(8, 'a', 7), stateAt(10, 'b', 2)];
  const { read, passed } = setUp(log);
  expect(await read(0, 13)).toEqual([['b', 2n, 'latest/3/10', '2']]);
  expect(passed).toEqual([1, 3, 5, 2, 0, 2]);
});

test('a batch that cannot be read ends it: nobody knows whose states are there', async () => {
  const unreadable = { ...stateAt(0, 'c', 1), key: null, unreadable: new Error('no zstd') };
  await expect(setUp([unreadable]).read(0, 1)).rejects.toThrow(
    'the states at latest/3/0 are unreadable: no zstd',
  );
});
