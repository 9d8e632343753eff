import { execFile } from 'node:child_process';
import { readdir, rm, stat, truncate } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { toEventMessage } from '../support/filter/event-message.ts';
import { toFilterEnv } from '../support/filter/filter-env.ts';
import { createFilterTopics } from '../support/filter/filter-topics.ts';
import { startTestFilter, type TestFilter, whenFiltered, whenReady } from '../support/filter/test-filter.ts';
import { connectTestProducer } from '../support/filter/test-producer.ts';
import type { Broker } from '../support/kafka/broker-process.ts';
import { fetchKafka } from '../support/kafka/fetch-kafka.ts';
import { startKafkaCluster } from '../support/kafka/kafka-cluster.ts';
import { readTopic } from '../support/kafka/read-topic.ts';

const run = promisify(execFile);
/** The marker of a transaction, alone in its batch. */
const markerBytes = 78;
const entities = 40;

const toMessages = (revision: bigint) =>
  Array.from({ length: entities }, (_, n) => toEventMessage({ entity: `e${n}`, revision }, 1));

const resetsOf = (filter: TestFilter) =>
  filter.log.lines.filter((line) => 'reason' in line && 'startOffset' in line).map(({ reason }) => reason);

/** A filter that has written a state of each entity twice, and was stopped. */
async function setUp() {
  const cluster = await startKafkaCluster({ nodes: 1 });
  onTestFinished(() => cluster.stop());
  const { bootstrap } = cluster;
  const [broker] = cluster.brokers as [Broker];
  const topics = await createFilterTopics(bootstrap, { partitions: 1 });
  const env = toFilterEnv(bootstrap, topics);
  const send = await connectTestProducer(bootstrap);
  const first = await startTestFilter(env);
  for (const revision of [1n, 2n]) {
    await send(topics.events, toMessages(revision));
    await whenFiltered(first, Number(revision) * entities);
  }
  await first.stop();
  return {
    env,
    async resetOffsets(...how: readonly string[]) {
      const { java, quickStart } = await fetchKafka();
      const tool = 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand';
      const group = ['--bootstrap-server', bootstrap, '--group', env.FILTER_GROUP_ID ?? ''];
      const reset = ['--reset-offsets', ...how, '--topic', topics.events, '--execute'];
      await run(java, [...quickStart, tool, ...group, ...reset], { timeout: 60_000 });
    },
    /** As after an election of a replica that lacks the last bytes. */
    async cutLatest(bytes: number) {
      await broker.stop();
      const data = join(dirname(broker.logFile), 'data');
      const log = join(data, `${topics.latest}-0`);
      const names = await readdir(log);
      const [segment = ''] = names.filter((name) => name.endsWith('.log'));
      const { size } = await stat(join(log, segment));
      await truncate(join(log, segment), Math.max(0, size - bytes));
      // Without these the broker takes from the log what it holds.
      for (const name of names.filter((each) => /\.(index|timeindex|txnindex|snapshot)$/.test(each))) {
        await rm(join(log, name));
      }
      await rm(join(data, '.kafka_cleanshutdown'), { force: true });
      broker.start();
      await cluster.whenReady();
    },
    countStates: async () =>
      (await readTopic({ bootstrap, topic: topics.latest, readCommitted: true })).length,
    /** The revision of each entity's last committed state. */
    async readLast() {
      const states = await readTopic({ bootstrap, topic: topics.latest, readCommitted: true });
      return new Map(states.map(({ key, headers }) => [String(key), headers.revision]));
    },
    async send(revision: bigint) {
      await send(topics.events, toMessages(revision));
    },
    start: () => startTestFilter(env),
  };
}

test.for([
  ['to the latest', '--to-latest'],
  ['to the earliest', '--to-earliest'],
] as const)(
  "states that are lost are noticed although the group's own tool has set the offset %s",
  {
    timeout: 120_000,
  },
  async ([, how]) => {
    const { resetOffsets, cutLatest, readLast, send, start } = await setUp();
    await resetOffsets(how);
    await cutLatest(Number.POSITIVE_INFINITY);
    const filter = await start();
    await whenReady(filter);
    await whenFiltered(filter, 2 * entities);
    expect(resetsOf(filter)).toEqual(['offset_set', 'latest_truncated']);
    expect([...(await readLast()).values()]).toEqual(Array.from({ length: entities }, () => '2'));
    await send(3n);
    await whenFiltered(filter, 3 * entities);
    expect(new Set((await readLast()).values())).toEqual(new Set(['3']));
    await filter.stop();
    const next = await start();
    await whenReady(next);
    expect(resetsOf(next)).toEqual([]);
  },
);

test('an offset set by hand alone is said, and no state is made again', async () => {
  const { resetOffsets, countStates, readLast, send, start } = await setUp();
  const count = await countStates();
  await resetOffsets('--to-earliest');
  const filter = await start();
  await whenFiltered(filter, 2 * entities);
  expect(resetsOf(filter)).toEqual(['offset_set']);
  expect(await countStates()).toBe(count);
  await send(3n);
  await whenFiltered(filter, 3 * entities);
  expect(new Set((await readLast()).values())).toEqual(new Set(['3']));
});

test('a log that has lost the marker of a transaction alone serves again, with all states', async () => {
  const { cutLatest, readLast, send, start } = await setUp();
  await cutLatest(markerBytes);
  const filter = await start();
  await whenReady(filter);
  await whenFiltered(filter, 2 * entities);
  expect(resetsOf(filter)).toEqual(['latest_truncated']);
  expect([...(await readLast()).values()]).toEqual(Array.from({ length: entities }, () => '2'));
  await send(3n);
  await whenFiltered(filter, 3 * entities);
  expect(new Set((await readLast()).values())).toEqual(new Set(['3']));
});
