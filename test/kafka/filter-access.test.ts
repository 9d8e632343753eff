import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TopicNames } from '../../src/config/topic-names.ts';
import type { KafkaPermission } from '../../src/stores/kafka/cluster/errors/kafka-answer-error.ts';
import { toEventMessage } from '../support/filter/event-message.ts';
import { toFilterEnv } from '../support/filter/filter-env.ts';
import { createFilterTopics } from '../support/filter/filter-topics.ts';
import { startTestFilter, type TestFilter, whenFiltered, whenReady } from '../support/filter/test-filter.ts';
import { connectTestProducer } from '../support/filter/test-producer.ts';
import { authorizerConfig, grantRights } from '../support/kafka/grant-rights.ts';
import { type KafkaCluster, startKafkaCluster } from '../support/kafka/kafka-cluster.ts';
import { readCommitted } from '../support/kafka/read-topic.ts';
import { waitUntil } from '../support/wait-until.ts';

const user = { username: 'filter', password: 'correct horse' };

/** The permissions of the filter, as the documentation lists them. */
function toNeededRights({ events, latest, deadLetter }: TopicNames, groupId: string): KafkaPermission[] {
  const topic = (operation: KafkaPermission['operation'], resourceName: string): KafkaPermission => ({
    operation,
    resourceType: 'topic',
    resourceName,
  });
  const transactionalId = { resourceType: 'transactional-id', resourceName: `${groupId}*` } as const;
  return [
    topic('Read', events),
    topic('Read', latest),
    topic('Write', latest),
    topic('Write', deadLetter),
    { operation: 'Read', resourceType: 'group', resourceName: groupId },
    { operation: 'Write', ...transactionalId },
  ];
}

async function readCause({ managementUrl }: TestFilter): Promise<string> {
  const response = await fetch(`${managementUrl}/readyz?verbose`);
  return `${response.status} ${await response.text()}`;
}

async function whenSaid(filter: TestFilter, words: string): Promise<void> {
  await waitUntil(
    async () => (await readCause(filter)).includes(words) && filter.log.text().includes(words),
    {
      timeoutMs: 30_000,
      what: `readiness and log say: ${words}\n${filter.log.text().slice(-3_000)}`,
      pollMs: 200,
    },
  );
  expect(await readCause(filter)).toMatch(/^503 /);
}

describe('a filter without all of its rights', () => {
  let cluster: KafkaCluster;
  beforeAll(async () => {
    cluster = await startKafkaCluster({ nodes: 1, sasl: user, brokerConfig: authorizerConfig });
  });
  afterAll(() => cluster?.stop());

  async function setUp(change: (rights: KafkaPermission[], topics: TopicNames) => KafkaPermission[]) {
    const topics = await createFilterTopics(cluster.bootstrap, { partitions: 2 });
    const env = toFilterEnv(cluster.saslBootstrap ?? '', topics);
    const rights = change(toNeededRights(topics, env.FILTER_GROUP_ID ?? ''), topics);
    await grantRights(cluster.bootstrap, user.username, rights);
    const send = await connectTestProducer(cluster.bootstrap);
    await send(
      topics.events,
      ['a', 'b', 'c', 'd'].map((entity) => toEventMessage({ entity, revision: 1n }, 2)),
    );
    const filter = await startTestFilter({
      ...env,
      KAFKA_SASL_MECHANISM: 'plain',
      ALLOW_PLAINTEXT: 'true',
      KAFKA_SASL_USERNAME: user.username,
      KAFKA_SASL_PASSWORD: user.password,
    });
    return { topics, groupId: env.FILTER_GROUP_ID ?? '', filter };
  }

  test('works with exactly those that the documentation lists', async () => {
    const { topics, filter } = await setUp((rights) => rights);
    await whenReady(filter);
    await whenFiltered(filter, 4);
    expect(await readCommitted({ bootstrap: cluster.bootstrap, topic: topics.latest }, 4)).toHaveLength(4);
  });

  type Words = (names: TopicNames & { readonly groupId: string }) => string;
  test.for<[string, (right: KafkaPermission, topics: TopicNames) => KafkaPermission | undefined, Words]>([
    [
      'Read on the events topic',
      (right, { events }) => (right.resourceName === events ? { ...right, operation: 'Describe' } : right),
      ({ events }) => `this client lacks the permission Read on topic ${events}`,
    ],
    [
      'Write on the latest-state topic',
      (right, { latest }) =>
        right.resourceName === latest && right.operation === 'Write' ? undefined : right,
      ({ latest }) => `this client lacks the permission Write on topic ${latest}`,
    ],
    [
      'Read on the group',
      (right) => (right.resourceType === 'group' ? { ...right, operation: 'Describe' } : right),
      ({ groupId }) => `this client lacks the permission Read on group ${groupId}`,
    ],
    [
      'any on the transactional ids',
      (right) => (right.resourceType === 'transactional-id' ? undefined : right),
      ({ groupId }) =>
        `TRANSACTIONAL_ID_AUTHORIZATION_FAILED (53): this client lacks the permission Describe on transactional-id ${groupId}`,
    ],
  ])('without %s it says so, seldom', async ([, change, words]) => {
    const { topics, groupId, filter } = await setUp((rights, names) =>
      rights.flatMap((right) => change(right, names) ?? []),
    );
    await whenSaid(filter, words({ ...topics, groupId }));
    const before = filter.log.lines.length;
    await delay(6_000);
    const warnings = filter.log.lines
      .slice(before)
      .filter(({ level }) => level !== 'debug' && level !== 'trace');
    expect(warnings.length, JSON.stringify(warnings)).toBeLessThanOrEqual(3);
  });

  test('goes on once the right is granted', async () => {
    const { topics, groupId, filter } = await setUp((rights, { events }) =>
      rights.filter(({ resourceName }) => resourceName !== events),
    );
    await whenSaid(filter, 'this client lacks the permission Describe on');
    await grantRights(cluster.bootstrap, user.username, toNeededRights(topics, groupId));
    await whenFiltered(filter, 4);
    await whenReady(filter);
  });

  test('with a wrong password says which variables to look at, and never the password', async () => {
    const topics = await createFilterTopics(cluster.bootstrap, { partitions: 1 });
    const filter = await startTestFilter({
      ...toFilterEnv(cluster.saslBootstrap ?? '', topics),
      KAFKA_SASL_MECHANISM: 'plain',
      ALLOW_PLAINTEXT: 'true',
      KAFKA_SASL_USERNAME: user.username,
      KAFKA_SASL_PASSWORD: 'wrong horse',
    });
    await whenSaid(filter, 'check KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME and the password');
    expect(filter.log.text()).not.toContain('wrong horse');
  });
});
