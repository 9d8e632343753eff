import { javaPartition } from '../../faults/verdict/java-partition.ts';
import { mostConnections as commandConnections, startCommands } from '../commands/commands-beside.ts';
import { isReplayed, type KeptRecord } from '../commands/judge-commands.ts';
import { type FilterTrials, startFilterBeside } from '../filter/filter-beside.ts';
import { isForeign } from '../filter/foreign-producer.ts';
import { password } from '../filter/password-file.ts';
import type { Network } from '../network/network.ts';
import type { Fault, RoundSettings, SimulatedStore, StoreScenario } from '../scenario.ts';
import type { World } from '../world/world.ts';
import { KafkaCluster, type Topic } from './kafka-cluster.ts';
import {
  applyKafkaFault,
  isTopicLoss,
  partitionRefuses,
  planKafkaFaults,
  planKafkaLasting,
  planTopicLoss,
} from './kafka-faults.ts';
import { planKafkaStory } from './kafka-stories.ts';
import { listenAsBroker } from './listen-as-broker.ts';
import { createOddBehaviour } from './odd-behaviour.ts';
import { readHistory, readTopic } from './read-log.ts';
import { isOfOther, judgeTopics, others, usual, webhooksFile } from './two-registrations.ts';

const brokerCount = 3;
const topics = { events: 'comapi-webhook-events', deadLetter: 'comapi-webhook-events.dlq' };
function readKept(topic: Topic): KeptRecord[] {
  return readTopic(topic).map((record) => ({ ...record, topic: topic.name }));
}

/** The receiver scenario with a cluster of three brokers. */
export const kafkaScenario: StoreScenario = {
  name: 'kafka',
  maySpool: true,
  mayRunCommands: true,
  async load() {
    await Promise.all([
      import('../../../src/stores/kafka/kafka-store.ts'),
      import('../../../src/stores/kafka/produce/kafka-sink.ts'),
      import('../../../src/stores/kafka/cluster/topics/expected-topics.ts'),
      import('../../../src/stores/kafka/produce/kafka-sink-metrics.ts'),
      import('../../../src/stores/kafka/consume/filter/kafka-filter.ts'),
      import('../../../src/stores/kafka/wire/compression.ts'),
      import('../../../src/stores/open-store.ts'),
      import('../../../src/stores/kafka/consume/read-kafka-records.ts'),
      import('../../../src/stores/kafka/consume/kafka-dead-letters.ts'),
      import('../../../src/commands/find-command.ts'),
      import('../../../src/commands/replay-command.ts'),
      import('../../../src/commands/tail-command.ts'),
    ]);
  },
  planFaults: (random, span) => planKafkaFaults(random, span, brokerCount),
  planLasting: (random, span) => planKafkaLasting(random, span, brokerCount),
  planTopicLoss: (random, span) => planTopicLoss(random, span, others.topic),
  planStory: (random, span) => planKafkaStory(random, span, brokerCount),
  start: startKafka,
};

interface KafkaSettings extends RoundSettings {
  /** Additional settings for rounds of the revision filter. */
  readonly trials?: FilterTrials;
}

/** Starts a cluster. Also starts its clients other than the receivers: the filter, the commands and other clients. */
export function startKafka(
  world: World,
  network: Network,
  { hasTwoRegistrations, commandSeed, isCompressed, trials }: KafkaSettings,
): SimulatedStore {
  const { random } = world;
  const compression = isCompressed ? 'zstd' : 'none';
  const odd = createOddBehaviour(world);
  const cluster = new KafkaCluster({
    ...{ world, brokerCount, listen: listenAsBroker(network) },
    hooks: {
      ...odd,
      onRequest(asked) {
        if (commands?.isOvertaken(asked) === true) {
          cluster.controller.moveLeaders([...cluster.controller.partitions()]);
        }
        return odd.onRequest?.(asked) ?? {};
      },
    },
    password: trials && random.chance(0.5) ? password : undefined,
  });
  const addTopic = (name: string, partitionCount: number, largest: string): Topic => {
    const settings = {
      'min.insync.replicas': '2',
      'max.message.bytes': largest,
      'cleanup.policy': 'delete',
      ...trials?.settings,
    };
    return cluster.addTopic({ name, partitionCount, settings });
  };
  const partitionCount = random.chance(0.03) ? 100 : random.between(1, 8);
  const events = addTopic(topics.events, partitionCount, '1048588');
  const deadLetters = addTopic(topics.deadLetter, 1, '11000000');
  const allEvents = [events];
  const allDeadLetters = [deadLetters];
  if (hasTwoRegistrations) {
    allEvents.push(addTopic(others.topic, partitionCount, '1048588'));
    allDeadLetters.push(addTopic(others.deadLetterTopic, 1, '11000000'));
  }
  let isOtherGone = false;
  const made: [Topic, ...Topic[]] = [events];
  const filter =
    trials !== undefined || random.chance(0.4)
      ? startFilterBeside(
          { world, network, cluster, odd, compression, events: made, deadLetterTopic: deadLetters.name },
          trials,
        )
      : undefined;

  /**
   * Makes a partition reject all records. Does nothing if it is the only partition, because then no record could be
   * stored.
   */
  function refusePartition(number: number): () => void {
    if (events.partitions.length > 1) {
      odd.refusedPartitions.add(number % events.partitions.length);
    }
    return () => odd.refusedPartitions.clear();
  }

  function takeTopic({ kind, target }: Fault): () => void {
    isOtherGone = true;
    if (kind === 'topic deleted') {
      cluster.deleteTopic(target, '');
    } else {
      odd.deniedTopics.add(target);
    }
    return () => undefined;
  }

  const addresses = cluster.brokers.map(({ id }) => cluster.addressOf(id));
  const env = {
    KAFKA_BROKERS: addresses.join(','),
    KAFKA_TOPIC: topics.events,
    KAFKA_DEAD_LETTER_TOPIC: topics.deadLetter,
    KAFKA_COMPRESSION: compression,
    ...(hasTwoRegistrations && { WEBHOOKS_FILE: webhooksFile }),
    ...(cluster.password !== undefined && {
      KAFKA_SASL_MECHANISM: 'plain',
      KAFKA_SASL_USERNAME: 'receiver',
      KAFKA_SASL_PASSWORD: password,
      ALLOW_PLAINTEXT: 'true',
    }),
  };
  const commands =
    commandSeed === undefined
      ? undefined
      : startCommands({
          ...{ world, seed: commandSeed, env },
          events: () => allEvents.flatMap(readKept),
          deadLetters: () => allDeadLetters.flatMap(readKept),
          isBlind: () => isOtherGone || odd.refusedPartitions.size > 0,
        });
  return {
    addresses,
    get mostConnections() {
      const ofFilter = filter?.mostConnections ?? 0;
      return { ofReceiver: 5, others: ofFilter + (commands ? commandConnections : 0) };
    },
    env,
    registrations: hasTwoRegistrations ? [usual, others] : undefined,
    apply: (fault) =>
      fault.kind === partitionRefuses
        ? refusePartition(fault.amount ?? 0)
        : isTopicLoss(fault)
          ? takeTopic(fault)
          : (filter?.apply(fault) ??
            applyKafkaFault(fault, {
              world,
              cluster,
              odd,
              linkOf: (id) => network.link(cluster.addressOf(id)),
            })),
    needsWhatIsGone: (key) =>
      (isOtherGone && isOfOther(key)) ||
      odd.refusedPartitions.has(javaPartition(Buffer.from(key), events.partitions.length)),
    // Includes records of deleted topics, because these records were acknowledged as stored.
    events: () =>
      [...made, ...allEvents.slice(1)]
        .flatMap(readHistory)
        .filter((record) => !isReplayed(record) && !isForeign(record.headers)),
    deadLetters: () => allDeadLetters.flatMap(readTopic),
    findLack: async () => (await commands?.findLack()) ?? filter?.findLack(),
    judges: {
      ...commands?.judges,
      ...filter?.judges,
      judgeTopics: () => judgeTopics([...allEvents, ...allDeadLetters].flatMap(readKept)),
    },
    partitionCount: events.partitions.length,
  };
}
