import { javaPartition } from '../../faults/verdict/java-partition.ts';
import { startFilterBeside } from '../filter/filter-beside.ts';
import { mostConnections as filterConnections } from '../filter/filter-process.ts';
import type { Network } from '../network/network.ts';
import type { SimulatedStore, StoreScenario } from '../scenario.ts';
import type { World } from '../world/world.ts';
import { KafkaCluster } from './kafka-cluster.ts';
import { applyKafkaFault, partitionRefuses, planKafkaFaults, planKafkaLasting } from './kafka-faults.ts';
import { planKafkaStory } from './kafka-stories.ts';
import { listenAsBroker } from './listen-as-broker.ts';
import { createOddBehaviour } from './odd-behaviour.ts';
import { readTopic } from './read-log.ts';

const brokerCount = 3;
const topics = { events: 'comapi-webhook-events', deadLetter: 'comapi-webhook-events.dlq' };

/** The receiver on three brokers. */
export const kafkaScenario: StoreScenario = {
  name: 'kafka',
  maySpool: true,
  async load() {
    await Promise.all([
      import('../../../src/stores/kafka/kafka-store.ts'),
      import('../../../src/stores/kafka/produce/kafka-sink.ts'),
      import('../../../src/stores/kafka/cluster/topics/expect-topics.ts'),
      import('../../../src/stores/kafka/produce/kafka-sink-metrics.ts'),
      import('../../../src/stores/kafka/consume/filter/kafka-filter.ts'),
      import('../../../src/stores/kafka/wire/compressor.ts'),
      import('../../../src/stores/open-store.ts'),
    ]);
  },
  planFaults: (random, span) => planKafkaFaults(random, span, brokerCount),
  planLasting: (random, span) => planKafkaLasting(random, span, brokerCount),
  planStory: (random, span) => planKafkaStory(random, span, brokerCount),
  start: startKafka,
};

function startKafka(world: World, network: Network): SimulatedStore {
  const { random } = world;
  const odd = createOddBehaviour(world);
  const cluster = new KafkaCluster({ world, brokerCount, listen: listenAsBroker(network), hooks: odd });
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
  const filter = random.chance(0.4)
    ? startFilterBeside({ world, network, cluster, events, deadLetters })
    : undefined;

  /** With but one partition everything would need it. */
  function refusePartition(number: number): () => void {
    if (events.partitions.length > 1) {
      odd.refusedPartitions.add(number % events.partitions.length);
    }
    return () => odd.refusedPartitions.clear();
  }

  const addresses = cluster.brokers.map(({ id }) => cluster.addressOf(id));
  return {
    ...filter,
    addresses,
    mostConnections: { ofReceiver: 5, others: filter === undefined ? 0 : filterConnections },
    env: {
      KAFKA_BROKERS: addresses.join(','),
      KAFKA_TOPIC: topics.events,
      KAFKA_DEAD_LETTER_TOPIC: topics.deadLetter,
      KAFKA_COMPRESSION: 'none',
    },
    apply: (fault) =>
      fault.kind === partitionRefuses
        ? refusePartition(fault.amount ?? 0)
        : applyKafkaFault(fault, {
            world,
            cluster,
            odd,
            linkOf: (id) => network.link(cluster.addressOf(id)),
          }),
    needsWhatIsGone: (key) =>
      odd.refusedPartitions.has(javaPartition(Buffer.from(key), events.partitions.length)),
    events: () => readTopic(events),
    deadLetters: () => readTopic(deadLetters),
    partitionCount: events.partitions.length,
  };
}
