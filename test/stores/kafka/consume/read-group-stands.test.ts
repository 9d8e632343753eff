import { expect, test } from 'vitest';
import { createLogger } from '../../../../src/runtime/logger.ts';
import { readKafkaGroupStands } from '../../../../src/stores/kafka/consume/read-group-stands.ts';
import { startModelBroker } from '../../../support/kafka/start-model-broker.ts';

const offsetFetch = 9;

/** A topic with twelve partitions, and one whose name looks like a place. */
async function setUp() {
  const broker = await startModelBroker();
  broker.cluster.addTopic({ name: 'events', partitionCount: 12 });
  broker.cluster.addTopic({ name: 'events-1', partitionCount: 1 });
  const deps = { connection: broker.connection, logger: createLogger('silent') };
  return {
    ...broker,
    offsets: broker.cluster.coordination.offsets('g'),
    /** @returns of each place what was found */
    async read(...places: readonly string[]) {
      const records = places.map((place) => ({
        ...{ topic: place.split('/')[0] ?? '', place, key: 'k', headers: {} },
        ...{ value: Buffer.of(), storedAtMs: 0 },
      }));
      const stands = await readKafkaGroupStands(deps, 'g', records);
      return stands.map(({ kind, detail }) => `${kind}: ${detail}`);
    },
  };
}

test('a group stands behind a record, at it, or before it', async () => {
  const { offsets, read } = await setUp();
  offsets.set('events-11', 5);
  const at = 'it has committed events/11 to offset 5';
  expect(await read('events/11/4', 'events/11/5', 'events/11/6', 'events/11/1234567', 'events/11/0')).toEqual(
    [
      `passed: ${at}`,
      `waits: ${at}, so it comes next`,
      `waits: ${at}: up to 1 record before it`,
      `waits: ${at}: up to 1,234,562 records before it`,
      `passed: ${at}`,
    ],
  );
});

test('a group that has read nothing stands before the first record', async () => {
  const { offsets, read } = await setUp();
  offsets.set('events-0', 0);
  const at = 'it has committed events/0 to offset 0';
  expect(await read('events/0/0', 'events/0/2')).toEqual([
    `waits: ${at}, so it comes next`,
    `waits: ${at}: up to 2 records before it`,
  ]);
});

test('a group without an offset in the topic may not be the right one', async () => {
  const { cluster, read } = await setUp();
  cluster.coordination.offsets('another').set('events-0', 5);
  expect(await read('events/0/4')).toEqual([
    'no-position: it has committed no offset in events: its name is misspelt, or it has not begun, or its offsets have expired',
  ]);
});

test('a group without an offset in the partition may have some in others', async () => {
  const { offsets, read } = await setUp();
  offsets.set('events-1', 5);
  const [one] = await read('events/0/4');
  offsets.set('events-2', 5);
  expect([one, ...(await read('events/0/4'))]).toEqual([
    'no-position: it has committed no offset in events/0, but in 1 other partition',
    'no-position: it has committed no offset in events/0, but in 2 other partitions',
  ]);
});

test('each topic is asked once, and each record is judged by its own', async () => {
  const { failRequests, offsets, read } = await setUp();
  let asked = 0;
  failRequests((apiKey) => {
    asked += apiKey === offsetFetch ? 1 : 0;
    return {};
  });
  offsets.set('events-0', 5);
  offsets.set('events-1-0', 9);
  expect(await read('events-1/0/9', 'events/0/3', 'events/0/5', 'events-1/0/8')).toEqual([
    'waits: it has committed events-1/0 to offset 9, so it comes next',
    'passed: it has committed events/0 to offset 5',
    'waits: it has committed events/0 to offset 5, so it comes next',
    'passed: it has committed events-1/0 to offset 9',
  ]);
  expect(asked).toBe(2);
  expect(await read()).toEqual([]);
});

test('a right on the group that is missing is named', async () => {
  const { failRequests, read } = await setUp();
  failRequests((apiKey) => (apiKey === offsetFetch ? { error: 'GROUP_AUTHORIZATION_FAILED' } : {}));
  await expect(read('events/0/4')).rejects.toThrow(/^using the consumer group: .* group g\b/);
});
