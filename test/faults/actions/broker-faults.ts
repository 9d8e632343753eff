import { setTimeout as delay } from 'node:timers/promises';
import { setTopicConfigs } from '../../support/kafka/topics.ts';
import { type Fault, type FaultContext, pick } from './fault.ts';

/** Faults of the Kafka processes. */
export const brokerFaults: readonly Fault[] = [
  {
    name: 'kill -9 a broker',
    async run({ cluster, random }, durationMs) {
      const broker = pick(cluster.brokers, random);
      await broker.kill9();
      await delay(durationMs);
      broker.start();
    },
  },
  {
    name: 'SIGTERM a broker',
    async run({ cluster, random }, durationMs) {
      const broker = pick(cluster.brokers, random);
      await broker.stop();
      await delay(durationMs);
      broker.start();
    },
  },
  {
    name: 'freeze a broker',
    async run({ cluster, random }, durationMs) {
      const broker = pick(cluster.brokers, random);
      broker.pause();
      await delay(durationMs);
      broker.resume();
    },
  },
  {
    name: 'too few in sync',
    async run(context, durationMs) {
      await setMinInSync(context, 3);
      const broker = pick(context.cluster.brokers, context.random);
      await broker.kill9();
      await delay(durationMs);
      await setMinInSync(context, 2);
      broker.start();
    },
  },
];

/** This fault always has the same duration, which is longer than that of any other fault. */
export const allBrokersGone: Fault = {
  name: 'all brokers gone 20 s',
  async run({ cluster }) {
    await Promise.all(cluster.brokers.map((broker) => broker.kill9()));
    await delay(20_000);
    for (const broker of cluster.brokers) {
      broker.start();
    }
  },
};

/** Errors are ignored: if another fault has stopped the controller, the topic keeps its setting. */
async function setMinInSync({ cluster, topic }: FaultContext, count: number): Promise<void> {
  await setTopicConfigs(cluster.internalBootstrap, topic, { 'min.insync.replicas': String(count) }).catch(
    () => undefined,
  );
}
