import { randomUUID } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import { createBrokerConnection } from '../../src/stores/kafka/cluster/broker-connection.ts';
import { createClusterReader } from '../../src/stores/kafka/cluster/cluster-reader.ts';
import { type ConnectionSet, createConnectionSet } from '../../src/stores/kafka/cluster/connection-set.ts';
import { createKafkaRoutes } from '../../src/stores/kafka/cluster/kafka-routes.ts';
import type { BrokerAddress } from '../../src/stores/kafka/cluster/kafkajs/broker-address.ts';
import { createKafkaAccess } from '../../src/stores/kafka/cluster/kafkajs/connection-options.ts';
import type { KafkaCall } from '../../src/stores/kafka/cluster/kafkajs/kafka-connection.ts';
import { createKafkajsConnection } from '../../src/stores/kafka/cluster/kafkajs/kafkajs-connection.ts';
import { KafkaGroupMembership } from '../../src/stores/kafka/consume/filter/group-membership.ts';
import { captureLog } from '../support/captured-log.ts';
import { toFilterEnv } from '../support/filter/filter-env.ts';
import { createFilterTopics } from '../support/filter/filter-topics.ts';
import { startTestFilter, whenReady } from '../support/filter/test-filter.ts';
import { kafkaBrokers } from '../support/kafka-brokers.ts';
import { waitUntil } from '../support/wait-until.ts';

const settings = { connectTimeoutMs: 3_000, requestTimeoutMs: 10_000 };
const sessionTimeoutMs = 30_000;

/** A member over real connections, on which the answers that `isLost` names never arrive. */
async function startMember(isLost: (call: KafkaCall, count: number) => boolean) {
  const { logger } = captureLog();
  const connection = createKafkaAccess({
    brokers: (await kafkaBrokers()).split(','),
  });
  const open = (address: BrokerAddress) => createKafkajsConnection({ address, connection, settings, logger });
  const routes = createKafkaRoutes({
    topics: [],
    reader: createClusterReader({
      bootstrap: connection.brokers,
      openConnection: (address) => createBrokerConnection({ address, connection, settings, logger }),
      hedgeMs: 300,
    }),
    connections: createConnectionSet(open),
  });
  const counts = new Map<string, number>();
  function openConnections(): ConnectionSet {
    const set = createConnectionSet(open);
    return {
      ...set,
      async call(address, call) {
        const count = (counts.get(call.api) ?? 0) + 1;
        counts.set(call.api, count);
        const answer = await set.call(address, call);
        if (isLost(call, count)) {
          throw new Error('The answer was lost');
        }
        return answer;
      },
    };
  }
  const startedAt = performance.now();
  const joined = Promise.withResolvers<number>();
  const membership = new KafkaGroupMembership({
    routes,
    openConnections,
    groupId: `group-${randomUUID()}`,
    topic: 'events',
    latest: 'events.latest',
    sessionTimeoutMs,
    countPartitions: async () => 4,
    problems: { observe: () => {} },
    logger,
  });
  membership.join({ owned: () => [], assign: () => joined.resolve(performance.now() - startedAt) });
  onTestFinished(async () => {
    await membership.leave();
    routes.close();
  });
  return { joinedAfterMs: joined.promise };
}

test.each([
  ['its join', 'JoinGroup', 2],
  ['its assignment', 'SyncGroup', 1],
])('a member that misses the answer to %s is back before its session is over', async (_what, api, nth) => {
  const { joinedAfterMs } = await startMember((call, count) => call.api === api && count === nth);
  // The promise is a time.
  expect(await joinedAfterMs).toBeLessThan(sessionTimeoutMs);
});

test('a filter of another topic in the same group gets no partition, and says which topic the group reads', async () => {
  const bootstrap = await kafkaBrokers();
  const [topics, others] = [
    await createFilterTopics(bootstrap, { partitions: 3 }),
    await createFilterTopics(bootstrap, { partitions: 3 }),
  ];
  const first = await startTestFilter(toFilterEnv(bootstrap, topics));
  await whenReady(first);
  const env = { ...toFilterEnv(bootstrap, others), FILTER_GROUP_ID: `group-${topics.events}` };
  const second = await startTestFilter(env);
  const ask = async ({ managementUrl }: typeof first) => {
    const answer = await fetch(`${managementUrl}/readyz?verbose`);
    return `${answer.status} ${await answer.text()}`;
  };
  const reason = `group-${topics.events} reads ${topics.events}, this filter ${others.events}: give each a group`;
  await waitUntil(async () => (await ask(second)).includes(reason), { timeoutMs: 20_000, what: reason });
  expect(await ask(second)).toMatch(/^503 /);
  await whenReady(first);
});
