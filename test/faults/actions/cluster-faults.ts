import { setTimeout as delay } from 'node:timers/promises';
import { createTopic, setTopicConfigs, withAdmin } from '../../support/kafka/topics.ts';
import { waitUntil } from '../../support/wait-until.ts';
import { type Fault, type FaultContext, pick } from './fault.ts';

/** Settings of every topic in a round. */
export const topicConfigs = { 'min.insync.replicas': '2', 'max.message.bytes': '10502144' };

const codecs = ['gzip', 'zstd', 'lz4', 'snappy', 'uncompressed', 'producer'];

/** Actions that a cluster operator performs. */
export const clusterFaults: readonly Fault[] = [
  {
    name: 'settings skipped',
    async run({ proxies }, durationMs) {
      for (const proxy of proxies) {
        proxy.editSettings(() => undefined);
      }
      await delay(durationMs);
      for (const proxy of proxies) {
        proxy.editSettings(({ value }) => value);
      }
    },
  },
  {
    name: 'compression.type changes',
    async run({ cluster, topic, random }, durationMs) {
      for (const end = Date.now() + durationMs; Date.now() < end; await delay(300 + random() * 500)) {
        const configs = { ...topicConfigs, 'compression.type': pick(codecs, random) };
        // Another fault may have stopped the controller, so errors are ignored.
        await setTopicConfigs(cluster.internalBootstrap, topic, configs).catch(() => undefined);
      }
    },
  },
];

/** Deletes and recreates the topic. The old log is lost, so this fault is never combined with other faults. */
export const topicMadeAgain: Fault = {
  name: 'topic made again',
  async run(context, durationMs) {
    const { cluster, topic, partitionCount } = context;
    await delay(durationMs / 2);
    await withAdmin(cluster.internalBootstrap, (admin) => admin.deleteTopics({ topics: [topic] }));
    await delay(durationMs / 2);
    // Some brokers may not have finished deleting the topic.
    await waitUntil(() => createAgain(context, partitionCount), {
      timeoutMs: 20_000,
      what: `${topic} again`,
    });
    context.madeAgain(Date.now());
  },
};

async function createAgain({ cluster, topic }: FaultContext, partitions: number): Promise<boolean> {
  await createTopic(cluster.internalBootstrap, topic, {
    partitions,
    replicationFactor: 3,
    configs: topicConfigs,
  });
  return true;
}
