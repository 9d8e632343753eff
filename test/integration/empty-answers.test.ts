import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { createSeededRandom } from '../../src/tools/provider/simulator/seeded-random.ts';
import { appendRecords, keysOf, toDeadLetterRecord, toEventRecord } from '../support/append-records.ts';
import { simulateAndCompare } from '../support/compare-stored.ts';
import { toEventMessage } from '../support/filter/event-message.ts';
import { toFilterEnv } from '../support/filter/filter-env.ts';
import { createFilterTopics } from '../support/filter/filter-topics.ts';
import { startTestFilter, whenFiltered, whenReady } from '../support/filter/test-filter.ts';
import { connectTestProducer } from '../support/filter/test-producer.ts';
import { emptyFetchAnswer, type TakeRecords } from '../support/kafka/empty-fetch-answer.ts';
import { createFaultProxy, type FaultProxy } from '../support/kafka/fault-proxy.ts';
import { type KafkaCluster, startKafkaCluster } from '../support/kafka/kafka-cluster.ts';
import { apiKeys } from '../support/kafka/kafka-wire.ts';
import { readTopic } from '../support/kafka/read-topic.ts';
import { startProviderApiServer } from '../support/provider-api-server.ts';
import { toApiEnv } from '../support/reconcile-messages.ts';
import { launchCommand, runCommand } from '../support/run-command.ts';
import { startTestReceiver, testSecret } from '../support/test-receiver.ts';
import { withholdEvents } from '../support/withheld-events.ts';

const partitions = 4;
const random = createSeededRandom(29);

let cluster: KafkaCluster;
let proxy: FaultProxy;

beforeAll(async () => {
  cluster = await startKafkaCluster({
    nodes: 1,
    async advertise({ port }) {
      proxy = await createFaultProxy({ brokerPort: port, random });
      return proxy.address;
    },
  });
});
afterEach(() => proxy.pass());
afterAll(async () => {
  await cluster?.stop();
  await proxy?.close();
});

/** @returns a function that returns the number of responses from which records were removed */
function takeRecords(isTaken: TakeRecords): () => number {
  let taken = 0;
  proxy.spoilAnswers(({ apiKey, frame }) =>
    apiKey === apiKeys.fetch
      ? emptyFetchAnswer(frame, (from) => {
          const isNow = isTaken(from);
          taken += isNow ? 1 : 0;
          return isNow;
        })
      : undefined,
  );
  return () => taken;
}

/** Inserts up to four empty responses before each response with records, at any position in the log. */
function emptyNowAndThen(): () => number {
  const left = new Map<string, number>();
  return takeRecords(({ topic, partition }) => {
    const name = `${topic}/${partition}`;
    const count = left.get(name) ?? Math.floor(random() * 5);
    left.set(name, count - 1);
    if (count === 0) {
      left.delete(name);
    }
    return count > 0;
  });
}

async function setUp() {
  const { bootstrap, internalBootstrap } = cluster;
  const topics = await createFilterTopics(internalBootstrap, { partitions });
  return {
    topics,
    env: { ...toFilterEnv(bootstrap, topics), WEBHOOK_SECRET: testSecret },
    direct: toFilterEnv(internalBootstrap, topics),
    event: (key: string, revision: number) =>
      toEventRecord(key, revision, 'message.sent', { topic: topics.events, body: 'x'.repeat(2_000) }),
  };
}

/**
 * Creates so many events that reading a partition takes several fetches of one megabyte. An empty response can then
 * occur in the middle.
 */
function manyEvents(event: (key: string, revision: number) => ReturnType<typeof toEventRecord>) {
  return Array.from({ length: 4_000 }, (_, index) => event(`m-${index % 100}`, Math.floor(index / 100)));
}

describe('answers without records', () => {
  test('leave nothing out of what "tail", "find", "replay" and "forget" read', async () => {
    const { env, direct, topics, event } = await setUp();
    const records = manyEvents(event);
    await appendRecords(direct, records);
    const letters = Array.from({ length: 30 }, (_, index) =>
      toDeadLetterRecord(JSON.stringify({ eventId: `d-${index}` }), topics.deadLetter),
    );
    await appendRecords(direct, letters);
    const filter = await startTestFilter(direct);
    await whenFiltered(filter, records.length);
    await filter.stop();

    const countTaken = emptyNowAndThen();
    const tail = await runCommand(['tail', '--no-follow'], env);
    expect([tail.code, keysOf(tail.stdout).length]).toEqual([0, records.length]);
    const found = JSON.parse((await runCommand(['find', 'm-7', '--json'], env)).stdout);
    expect([found.events.length, found.latest.at(-1).revision]).toEqual([40, '39']);
    const dead = await runCommand(['replay', '--dry-run', '--group', `replay-${topics.events}`], env);
    expect(dead.stdout).toMatch(/30/);
    const forgotten = await runCommand(['forget', 'm-7', 'm-8', '--dry-run'], env);
    expect(
      forgotten.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).revision),
    ).toEqual(['39', '39']);
    expect(countTaken()).toBeGreaterThan(20);
  });

  test('leave nothing out of what "reconcile" reads, and of what is read of the events of "simulate"', async () => {
    const { env, direct, topics } = await setUp();
    const provider = await startProviderApiServer();
    onTestFinished(() => provider.close());
    const { records, expected } = withholdEvents(provider.ledger, {
      seed: 29,
      events: 3_000,
      topic: topics.events,
    });
    await appendRecords(direct, records);
    emptyNowAndThen();
    const { stdout } = await runCommand(['reconcile', '--messages', '--older-than', '1ms', '--json'], {
      ...env,
      ...toApiEnv(provider),
    });
    const { differences } = JSON.parse(stdout).messages as {
      differences: { messageId: string; outcome: string }[];
    };
    expect(
      differences
        .filter(({ outcome }) => outcome === 'missing')
        .map(({ messageId }) => messageId)
        .toSorted(),
    ).toEqual(expected.missing.toSorted());

    const receiver = await startTestReceiver({ env });
    await expect.poll(receiver.ready, { timeout: 20_000 }).toBe(true);
    const args = ['--count', '2000', '--batch-size', '100'];
    const compared = await simulateAndCompare(`${receiver.url}/webhook`, args, { env, partitions });
    expect(compared).toMatchObject({ code: 0, accepted: 2_000, problems: [] });
  });

  test('cut no restore of the revision filter short: an obsolete state is not forwarded', async () => {
    const { topics, ...envs } = await setUp();
    // The waiting events are older than the filter's window, so the timestamp of the next event determines which states
    // the filter still considers.
    const timestampMs = Date.now() - 48 * 3_600_000;
    const window = { FILTER_WINDOW: '1h' };
    const [env, direct] = [
      { ...envs.env, ...window },
      { ...envs.direct, ...window },
    ];
    const produce = await connectTestProducer(cluster.internalBootstrap);
    const entities = Array.from({ length: 1_000 }, (_, index) => `e-${index}`);
    const send = (revision: bigint) =>
      produce(
        topics.events,
        entities.map((entity) => toEventMessage({ entity, revision, timestampMs }, partitions)),
      );
    await send(5n);
    const first = await startTestFilter(direct);
    await whenFiltered(first, entities.length);
    await first.stop();

    const countTaken = emptyNowAndThen();
    await send(2n);
    const second = await startTestFilter(env);
    await whenReady(second);
    await whenFiltered(second, entities.length);
    expect(await second.metric('comapi_webhook_filter_tracked_entities')).toBe(entities.length);
    const states = await readTopic({
      bootstrap: cluster.internalBootstrap,
      topic: topics.latest,
      readCommitted: true,
    });
    expect(states.filter(({ headers }) => headers.revision === '2')).toEqual([]);
    expect(countTaken()).toBeGreaterThan(4);
  });
});

describe('a partition that gives nothing any more', () => {
  test('fails each command, which names the offset and what to do; then it reads all again', async () => {
    const { env, direct, event } = await setUp();
    await appendRecords(direct, manyEvents(event));
    const filter = await startTestFilter(direct);
    await whenFiltered(filter, 4_000);
    await filter.stop();
    vi.useFakeTimers({ toFake: ['performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const passed = new Map<string, number>();
    takeRecords(({ topic, partition }) => {
      const name = `${topic}/${partition}`;
      passed.set(name, (passed.get(name) ?? 0) + 1);
      // Every partition except the last one returns records in only one response.
      return partition === partitions - 1 || passed.get(name) !== 1;
    });
    const api = toApiEnv({ url: 'http://127.0.0.1:9' });
    const commands = [
      ['tail', '--no-follow'],
      ['find', 'm-7'],
      ['forget', '--yes', 'm-7'],
      ['reconcile', '--messages'],
    ].map((args) => ({ args, ...launchCommand(args, { ...env, ...api }) }));
    const advancing = setInterval(() => vi.advanceTimersByTime(1_000), 20);
    onTestFinished(() => clearInterval(advancing));
    for (const { args, ended } of commands) {
      const { code, stdout, stderr } = await ended;
      expect([args[0], code]).toEqual([args[0], 2]);
      expect(stderr, args[0]).toMatch(
        /filter-\S+\/\d from offset \d+ to \d+.*: the store has returned nothing for 60 s\..*remote\.fetch\.max\.wait\.ms.*run/,
      );
      expect(stdout).not.toContain('Looked at');
    }
    clearInterval(advancing);
    vi.useRealTimers();

    await proxy.pass();
    const { code, stdout } = await runCommand(['tail', '--no-follow'], env);
    expect([code, keysOf(stdout).length]).toEqual([0, 4_000]);
  });
});
