import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { TopicNames } from '../../src/config/topic-names.ts';
import { toEventMessage } from '../support/filter/event-message.ts';
import { toFilterEnv } from '../support/filter/filter-env.ts';
import { createFilterTopics } from '../support/filter/filter-topics.ts';
import { startTestFilter, type TestFilter, whenReady } from '../support/filter/test-filter.ts';
import { connectTestProducer } from '../support/filter/test-producer.ts';
import type { Broker } from '../support/kafka/broker-process.ts';
import { startKafkaCluster } from '../support/kafka/kafka-cluster.ts';
import { readTopic } from '../support/kafka/read-topic.ts';
import { createTopic, deleteTopic, withAdmin } from '../support/kafka/topics.ts';
import { kafkaBrokers } from '../support/kafka-brokers.ts';
import { waitUntil } from '../support/wait-until.ts';

const compacted = { 'cleanup.policy': 'compact' };

/**
 * Creates one event for each of the entities from `from` up to, but not including, `to`. All events have this revision.
 */
function toMessages(from: number, to: number, revision: bigint) {
  return Array.from({ length: to - from }, (_, n) => toEventMessage({ entity: `e${from + n}`, revision }, 1));
}

/** Entity and revision of each committed state, in the order in which kcat reads the states. */
async function readStates(bootstrap: string, topics: TopicNames): Promise<string[]> {
  const records = await readTopic({ bootstrap, topic: topics.latest, readCommitted: true });
  return records.map(({ key, headers }) => `${String(key)} ${headers.revision}`);
}

function toStates(from: number, to: number, revision: number): string[] {
  return Array.from({ length: to - from }, (_, n) => `e${from + n} ${revision}`);
}

async function whenStates(
  bootstrap: string,
  topics: TopicNames,
  expected: readonly string[],
  log: () => string,
) {
  await waitUntil(
    async () => {
      const found = await readStates(bootstrap, topics);
      return expected.every((state) => found.includes(state));
    },
    {
      timeoutMs: 40_000,
      what: `all of ${expected.length} states are there\n${log().slice(-4_000)}`,
      pollMs: 500,
    },
  );
}

const resetsOf = (filter: TestFilter) =>
  filter.log.lines.filter((line) => 'reason' in line && 'startOffset' in line);

const countResets = (filter: TestFilter, reason: string) =>
  filter.metric(`comapi_webhook_filter_log_resets_total{reason="${reason}"}`);

describe('a topic that is recreated', () => {
  let bootstrap: string;
  beforeAll(async () => {
    bootstrap = await kafkaBrokers();
  });

  async function setUp() {
    const topics = await createFilterTopics(bootstrap, { partitions: 1 });
    const send = await connectTestProducer(bootstrap);
    await send(topics.events, toMessages(0, 300, 5n));
    const env = toFilterEnv(bootstrap, topics);
    const filter = await startTestFilter(env);
    await whenStates(bootstrap, topics, toStates(0, 300, 5), filter.log.text);
    return { topics, env, filter };
  }

  async function makeAgain(topic: string, configs: Record<string, string> = {}) {
    await deleteTopic(bootstrap, topic);
    await createTopic(bootstrap, topic, { partitions: 1, configs });
    // A new producer is needed, because an existing one may confuse the new topic with the deleted one.
    return connectTestProducer(bootstrap);
  }

  test.for([
    ['shorter than what was read', 100],
    ['longer than what was read', 400],
  ] as const)('under a running filter, %s, is filtered from its beginning', async ([, count]) => {
    const { topics, filter } = await setUp();
    const send = await makeAgain(topics.events);
    // Older and newer revisions of known entities, and first revisions of new entities.
    await send(topics.events, [
      ...toMessages(0, 20, 4n),
      ...toMessages(20, 40, 6n),
      ...toMessages(300, 260 + count, 1n),
    ]);
    const expected = [...toStates(0, 300, 5), ...toStates(20, 40, 6), ...toStates(300, 260 + count, 1)];
    await whenStates(bootstrap, topics, expected, filter.log.text);
    await whenReady(filter);
    expect(await readStates(bootstrap, topics)).toEqual(expected);
    expect(resetsOf(filter)).toMatchObject([{ reason: 'topic_recreated' }]);
    expect(await countResets(filter, 'topic_recreated')).toBe(1);
  });

  test('an offset that somebody else has set is said, once, and counts', async () => {
    const { topics, env, filter } = await setUp();
    await filter.stop();
    const send = await connectTestProducer(bootstrap);
    await send(topics.events, toMessages(0, 20, 6n));
    await withAdmin(bootstrap, (admin) =>
      admin.setOffsets({
        groupId: env.FILTER_GROUP_ID ?? '',
        topic: topics.events,
        partitions: [{ partition: 0, offset: '320' }],
      }),
    );
    await send(topics.events, toMessages(20, 40, 6n));
    const next = await startTestFilter(env);
    const expected = [...toStates(0, 300, 5), ...toStates(20, 40, 6)];
    await whenStates(bootstrap, topics, expected, next.log.text);
    expect(await readStates(bootstrap, topics)).toEqual(expected);
    expect(resetsOf(next)).toMatchObject([{ reason: 'offset_set' }]);
    await next.stop();
    const last = await startTestFilter(env);
    await whenReady(last);
    expect(resetsOf(last)).toEqual([]);
  });

  test('gets its states back when it is the latest-state topic', async () => {
    const { topics, filter } = await setUp();
    await makeAgain(topics.latest, compacted);
    await waitUntil(async () => (await countResets(filter, 'latest_recreated')) === 1, {
      timeoutMs: 40_000,
      what: 'it is noticed',
    });
    await whenStates(bootstrap, topics, toStates(0, 300, 5), filter.log.text);
    expect(await readStates(bootstrap, topics)).toEqual(toStates(0, 300, 5));
    expect(resetsOf(filter)).toMatchObject([{ reason: 'latest_recreated' }]);
  });
});

describe('an unclean election', () => {
  const unclean = { 'unclean.leader.election.enable': 'true', 'min.insync.replicas': '1' };
  const replicas = [1, 2];
  /**
   * The third broker is never killed, and leads everything else. Otherwise a new leader may not know yet that the last
   * records are committed, and until it does, it returns the filter's previous committed offset.
   */
  const survivorLeads = { replicas: [3, 1, 2] };

  async function setUp(uncleanTopic: 'events' | 'latest') {
    const cluster = await startKafkaCluster({ nodes: 3 });
    onTestFinished(() => cluster.stop());
    const bootstrap = cluster.internalBootstrap;
    const topics = { events: 'events', latest: 'events.latest', deadLetter: 'events.dead-letter' };
    await createTopic(bootstrap, '__consumer_offsets', {
      ...survivorLeads,
      partitions: 3,
      configs: compacted,
    });
    for (const [role, topic] of Object.entries(topics)) {
      const configs = role === 'latest' ? compacted : {};
      await (role === uncleanTopic
        ? createTopic(bootstrap, topic, { replicas, configs: { ...configs, ...unclean } })
        : createTopic(bootstrap, topic, { ...survivorLeads, configs }));
    }
    const send = await connectTestProducer(bootstrap);
    const env = toFilterEnv(bootstrap, topics);
    const filter = await startTestFilter(env);
    const [first, second] = cluster.brokers as [Broker, Broker, Broker];
    return {
      bootstrap,
      topics,
      env,
      filter,
      send,
      /** Resolves when the group has committed the offset. A transaction's states are visible before its offset is. */
      async whenCommitted(offset: number) {
        const groupId = env.FILTER_GROUP_ID ?? '';
        await expect
          .poll(() =>
            withAdmin(bootstrap, (admin) => admin.fetchOffsets({ groupId, topics: [topics.events] })),
          )
          .toMatchObject([{ partitions: [{ offset: String(offset) }] }]);
      },
      /** From now on, the second replica does not receive new records. */
      async loseFollower() {
        await whenLed(bootstrap, topics[uncleanTopic], replicas);
        await second.kill9();
        await whenLed(bootstrap, topics[uncleanTopic], [1]);
      },
      async electFollower() {
        await first.kill9();
        second.start();
        await cluster.whenReady();
        await whenLed(bootstrap, topics[uncleanTopic], [2]);
      },
    };
  }

  test('under a running filter: what the new log has is filtered from where it differs', async () => {
    const { bootstrap, topics, filter, send, whenCommitted, loseFollower, electFollower } =
      await setUp('events');
    await send(topics.events, toMessages(0, 200, 5n));
    await whenStates(bootstrap, topics, toStates(0, 200, 5), filter.log.text);
    await loseFollower();
    await send(topics.events, toMessages(200, 300, 5n));
    await whenStates(bootstrap, topics, toStates(0, 300, 5), filter.log.text);
    await whenCommitted(300);
    await electFollower();
    await send(topics.events, [...toMessages(250, 300, 4n), ...toMessages(0, 50, 6n)]);
    const expected = [...toStates(0, 300, 5), ...toStates(0, 50, 6)];
    await whenStates(bootstrap, topics, expected, filter.log.text);
    expect(await readStates(bootstrap, topics)).toEqual(expected);
    expect(resetsOf(filter)).toMatchObject([
      { reason: 'log_truncated', committedOffset: 300, startOffset: 200 },
    ]);
    expect(await countResets(filter, 'log_truncated')).toBe(1);
  });

  test('of the latest-state topic: the states that it lost are made anew', async () => {
    const { bootstrap, topics, filter, send, whenCommitted, loseFollower, electFollower } =
      await setUp('latest');
    await send(topics.events, toMessages(0, 200, 5n));
    await whenStates(bootstrap, topics, toStates(0, 200, 5), filter.log.text);
    await loseFollower();
    await send(topics.events, [...toMessages(100, 200, 6n), ...toMessages(200, 300, 5n)]);
    await whenStates(bootstrap, topics, toStates(100, 200, 6), filter.log.text);
    await whenCommitted(400);
    await electFollower();
    await send(topics.events, [...toMessages(0, 10, 4n), ...toMessages(300, 310, 5n)]);
    const expected = [
      ...toStates(0, 200, 5),
      ...toStates(100, 200, 6),
      ...toStates(200, 300, 5),
      ...toStates(300, 310, 5),
    ];
    await whenStates(bootstrap, topics, expected, filter.log.text);
    expect(await readStates(bootstrap, topics)).toEqual(expected);
    expect(resetsOf(filter)).toMatchObject([{ reason: 'latest_truncated' }]);
  });
});

/** Waits until the partition has these in-sync replicas. The first of them must be the leader. */
async function whenLed(bootstrap: string, topic: string, inSync: readonly number[]): Promise<void> {
  await waitUntil(
    () =>
      withAdmin(bootstrap, async (admin) => {
        const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
        const [partition] = topics[0]?.partitions ?? [];
        return partition?.leader === inSync[0] && partition?.isr.toSorted().join() === inSync.join();
      }),
    { timeoutMs: 60_000, what: `${topic} has ${inSync.join()} in sync`, pollMs: 300 },
  );
}
