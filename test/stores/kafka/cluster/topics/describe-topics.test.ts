import { expect, test } from 'vitest';
import { createLogger } from '../../../../../src/runtime/logger.ts';
import { describeTopics } from '../../../../../src/stores/kafka/cluster/topics/describe-topics.ts';
import type { RequestFault } from '../../../../simulation/kafka/broker-session.ts';
import { startModelCluster } from '../../../../support/kafka/start-model-cluster.ts';

const [metadata, describeConfigs] = [3, 32];

/** Starts brokers. @param faults by API key */
async function setUp(faults: Readonly<Record<number, RequestFault>> = {}) {
  const { cluster, connection } = await startModelCluster(2, {
    onRequest: ({ apiKey }) => faults[apiKey] ?? {},
  });
  cluster.addTopic({ name: 'events', partitionCount: 2, settings: { 'retention.ms': '5' } });
  const describe = (...topics: string[]) =>
    describeTopics(topics, { connection, logger: createLogger('silent') });
  return { cluster, describe };
}

test('gives the brokers, and each topic that was requested, whether it is there or not', async () => {
  const { describe, cluster } = await setUp();
  const { brokers, clusterId, topics } = await describe('none', 'events');
  expect([...brokers]).toEqual(cluster.brokers.map(({ id, host, port }) => [id, { host, port }]));
  expect(clusterId).toBe('simulated');
  expect([...topics.keys()]).toEqual(['none', 'events']);
  expect(topics.get('none')).toMatchObject({ exists: false, partitionCount: 0, settings: undefined });
  expect(topics.get('events')).toMatchObject({
    ...{ topic: 'events', exists: true, partitionCount: 2, replicationFactor: 2, inSyncCounts: [2, 2] },
    settings: { retentionMs: 5 },
  });
});

test('a topic that must not be described is not taken for one that is not there', async () => {
  const { describe } = await setUp({ [metadata]: { error: 'TOPIC_AUTHORIZATION_FAILED' } });
  await expect(describe('none', 'events')).rejects.toMatchObject({
    name: 'KafkaAnswerError',
    errorCode: 29,
    message: expect.stringMatching(
      /^cannot describe the topic events: TOPIC_AUTHORIZATION_FAILED \(29\): this client lacks the permission Describe on topic events, which the request Metadata needs: grant this permission /,
    ),
  });
});

test('any other error of a topic is none of the whole', async () => {
  const { describe } = await setUp({ [metadata]: { error: 'LEADER_NOT_AVAILABLE' } });
  expect((await describe('events')).topics.get('events')).toMatchObject({ exists: false });
});

test('a topic whose settings may not be read is described without them', async () => {
  const { describe } = await setUp({ [describeConfigs]: { error: 'TOPIC_AUTHORIZATION_FAILED' } });
  const { topics } = await describe('events');
  expect(topics.get('events')).toMatchObject({ exists: true, partitionCount: 2, settings: undefined });
});
