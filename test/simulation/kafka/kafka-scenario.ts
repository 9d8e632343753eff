import type { Network } from '../network/network.ts';
import type { SimulatedStore, StoreScenario } from '../scenario.ts';
import type { World } from '../world/world.ts';
import { createApiVersions } from './apis/api-versions.ts';
import { describeConfigs } from './apis/describe-configs.ts';
import { createMetadata } from './apis/metadata.ts';
import { createProduce } from './apis/produce.ts';
import type { KafkaApi } from './kafka-api.ts';
import { applyKafkaFault, planKafkaFaults } from './kafka-faults.ts';
import { planKafkaStory } from './kafka-stories.ts';
import { createOddBehaviour } from './odd-behaviour.ts';
import { readLog } from './read-log.ts';
import { serveBroker } from './serve-broker.ts';
import { SimulatedCluster } from './simulated-cluster.ts';

const brokerCount = 3;
const topics = { events: 'comapi-webhook-events', deadLetter: 'comapi-webhook-events.dlq' };

/** The receiver on three brokers. */
export const kafkaScenario: StoreScenario = {
  name: 'kafka',
  async load() {
    await Promise.all([
      import('../../../src/store/kafka-store.ts'),
      import('../../../src/kafka/produce/kafka-sink.ts'),
      import('../../../src/kafka/topics/expect-topics.ts'),
      import('../../../src/kafka/produce/kafka-sink-metrics.ts'),
    ]);
  },
  planFaults: (random, span) => planKafkaFaults(random, span, brokerCount),
  planStory: (random, span) => planKafkaStory(random, span, brokerCount),
  start: startKafka,
};

function startKafka(world: World, network: Network): SimulatedStore {
  const { random } = world;
  const cluster = new SimulatedCluster(world, brokerCount);
  const odd = createOddBehaviour(world);
  const events = cluster.addTopic({
    name: topics.events,
    partitionCount: random.chance(0.03) ? 100 : random.between(1, 8),
    settings: { 'min.insync.replicas': '2', 'max.message.bytes': '1048588', 'cleanup.policy': 'delete' },
  });
  const deadLetters = cluster.addTopic({
    name: topics.deadLetter,
    partitionCount: 1,
    settings: { 'min.insync.replicas': '2', 'max.message.bytes': '11000000', 'cleanup.policy': 'delete' },
  });
  const served = [createProduce(odd), createMetadata(odd.editView), describeConfigs];
  const apis = new Map(
    [...served, createApiVersions(served)].map((api): [number, KafkaApi] => [api.key, api]),
  );
  const stops = new Map<number, () => void>();
  const addressOf = (id: number) => `kafka-${id}:9092`;

  function setUp(id: number, isUp: boolean): void {
    if (isUp) {
      const broker = cluster.broker(id);
      const serve = { cluster, broker, apis, editAnswer: odd.editAnswer };
      stops.set(
        id,
        network.listen(addressOf(id), (socket) => serveBroker(socket, serve)),
      );
    } else {
      stops.get(id)?.();
      network.link(addressOf(id)).cut('reset');
    }
  }

  for (const { id } of cluster.brokers) {
    setUp(id, true);
  }
  return {
    env: {
      KAFKA_BROKERS: cluster.brokers.map(({ id }) => addressOf(id)).join(','),
      KAFKA_TOPIC: topics.events,
      KAFKA_DEAD_LETTER_TOPIC: topics.deadLetter,
      KAFKA_COMPRESSION: 'none',
    },
    apply: (fault) =>
      applyKafkaFault(fault, { world, cluster, odd, setUp, linkOf: (id) => network.link(addressOf(id)) }),
    events: () => readLog(events),
    deadLetters: () => readLog(deadLetters),
    partitionCount: events.partitions.length,
  };
}
