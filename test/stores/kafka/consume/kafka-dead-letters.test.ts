import { expect, test } from 'vitest';
import type { DeadLetterStore } from '../../../../src/ports/dead-letter.ts';
import { createLogger } from '../../../../src/runtime/logger.ts';
import {
  type KafkaDeadLettersOptions,
  openKafkaDeadLetters,
} from '../../../../src/stores/kafka/consume/kafka-dead-letters.ts';
import { startModelBroker } from '../../../support/kafka/start-model-broker.ts';

const offsetCommit = 8;
const topics = [{ events: 'events', deadLetter: 'dead', latest: 'latest' }];

async function setUp() {
  const broker = await startModelBroker();
  broker.cluster.addTopic({ name: 'dead', partitionCount: 2 });
  const notices: string[] = [];
  const open = (options: Partial<KafkaDeadLettersOptions> = {}) =>
    openKafkaDeadLetters({
      connection: broker.connection,
      logger: createLogger('silent'),
      topic: 'dead',
      selection: { role: 'dead-letter', topics },
      groupId: 'g',
      dryRun: false,
      signal: new AbortController().signal,
      observer: { onStart() {}, onProgress() {}, onWarning: (text) => void notices.push(text) },
      ...options,
    });
  return {
    ...broker,
    open,
    notices,
    add: (partition: number, ...values: readonly string[]) =>
      broker.append(
        'dead',
        partition,
        values.map((value) => ({ value, headers: { reason: 'no_key' } })),
      ),
    kept: (partition: number) => broker.groupOffset('g', `dead-${partition}`),
  };
}

/**
 * Reads all dead letters and marks the chosen ones as replayed.
 *
 * @returns the dead letters, in the order of the partitions
 */
async function readAll(store: DeadLetterStore, isDone: (value: string) => boolean = () => false) {
  const seen: string[] = [];
  try {
    for await (const records of store.records()) {
      seen.push(...records.map(({ place, value }) => `${place} ${String(value)}`));
      const places = records.filter(({ value }) => isDone(String(value))).map(({ place }) => place);
      if (places.length > 0) {
        await store.markReplayed(places);
      }
    }
  } finally {
    await store.close();
  }
  return seen.toSorted();
}

test('all partitions are read up to where they ended, with the headers that say why', async () => {
  const { add, open } = await setUp();
  add(0, 'a', 'b');
  add(1, 'c');
  const store = await open();
  add(1, 'later');
  expect(store.name).toBe('dead');
  for await (const records of store.records()) {
    expect(records.map(({ headers }) => headers.reason)).toContain('no_key');
  }
  expect(await readAll(store)).toEqual(['dead/0/0 a', 'dead/0/1 b', 'dead/1/0 c']);
});

test('what was replayed is not given again, and what stayed before it is', async () => {
  const { add, open, kept } = await setUp();
  add(0, 'a', 'b', 'c', 'd');
  add(1, 'e');
  await readAll(await open(), (value) => 'bde'.includes(value));
  expect(kept(0)).toEqual({ offset: 0, metadata: 'done:1.1,1.1' });
  expect(kept(1)).toEqual({ offset: 1, metadata: 'done:' });
  const again = await open();
  const places = ['dead/0/0', 'dead/0/1', 'dead/0/2', 'dead/0/3', 'dead/1/0', 'other/0/1'];
  expect(await again.listReplayed(places)).toEqual(['dead/0/1', 'dead/0/3', 'dead/1/0']);
  expect(await readAll(again, () => true)).toEqual(['dead/0/0 a', 'dead/0/2 c']);
  expect(kept(0)).toEqual({ offset: 4, metadata: 'done:' });
  expect(await readAll(await open())).toEqual([]);
});

test('a dry run leaves nothing behind in the group', async () => {
  const { add, open, kept } = await setUp();
  add(0, 'a');
  expect(await readAll(await open({ dryRun: true }))).toEqual(['dead/0/0 a']);
  expect(kept(0)).toBeUndefined();
});

test('nothing is given that could not be noted', async () => {
  const { add, open, failRequests } = await setUp();
  add(0, 'a');
  const store = await open();
  failRequests((apiKey) => (apiKey === offsetCommit ? { error: 'GROUP_AUTHORIZATION_FAILED' } : {}));
  await expect(readAll(store)).rejects.toThrow(/^cannot use the consumer group g: .*\bg\b/);
});

test('one that finds the notes of another stops, and overwrites none of them', async () => {
  const { add, open, kept } = await setUp();
  add(0, 'a', 'b');
  const [first, second] = [await open(), await open()];
  await readAll(first, (value) => value === 'a');
  await expect(readAll(second, () => true)).rejects.toThrow(
    'Another run has replayed dead letters of dead in the meantime. Run the command again',
  );
  expect(kept(0)?.offset).toBe(1);
});

test('a topic that ends before what was replayed is another one: all of it is given, and that is said', async () => {
  const { add, open, kept, notices, cluster } = await setUp();
  add(0, 'a');
  cluster.coordination.offsets('g').set('dead-0', 500);
  expect(await readAll(await open(), () => true)).toEqual(['dead/0/0 a']);
  expect(notices).toEqual([
    expect.stringMatching(/^dead\/0 ends at offset 1, before the last replayed dead letter/),
  ]);
  expect(kept(0)).toEqual({ offset: 1, metadata: 'done:' });
});

test('what retention has removed counts as done', async () => {
  const { add, open, kept, cluster } = await setUp();
  add(0, 'a', 'b');
  add(0, 'c');
  const log = cluster.logOf('dead', 0);
  Object.assign(log ?? {}, { startOffset: 2 });
  const store = await open();
  expect(await readAll(store)).toEqual(['dead/0/2 c']);
  expect(kept(0)).toEqual({ offset: 2, metadata: 'done:' });
});

test('notes that have no room are told: what they would say may be replayed again', async () => {
  const { add, open, notices, kept } = await setUp();
  const many = Array.from({ length: 2_400 }, (_, index) => String(index));
  add(0, ...many);
  await readAll(await open(), (value) => Number(value) % 2 === 1);
  const { metadata = '' } = kept(0) ?? {};
  expect(metadata.length).toBeLessThanOrEqual(4_000);
  const lost = Number(
    /^A later run may replay (\d+) dead letters of dead\/0 again/.exec(notices.at(-1) ?? '')?.[1],
  );
  const again = await readAll(await open());
  expect(again).toHaveLength(1_200 + lost);
});
