import { type FilterConfig, loadFilterConfig } from '../../../src/config/filter-config.ts';
import { kafkaApis } from '../../../src/stores/kafka/cluster/kafkajs/kafka-connection.ts';
import { emptyFetchAnswer } from '../../support/kafka/empty-fetch-answer.ts';
import { spoils } from '../../support/kafka/spoiled-answers.ts';
import type { RequestFault } from '../kafka/broker-session.ts';
import { KafkaCluster } from '../kafka/kafka-cluster.ts';
import { listenAsBroker } from '../kafka/listen-as-broker.ts';
import type { Network } from '../network/network.ts';
import type { World } from '../world/world.ts';
import { brokerErrors } from './broker-errors.ts';
import { createFilterPlace, type FilterPlace } from './filter-process.ts';

export const groupId = 'filter';
export const password = 'secret';
/** `max.message.bytes` of the states. */
export const maxMessageBytes = 4_000;

/** What the brokers make of requests at present. */
export interface Trouble {
  /** In percent of the requests. */
  errors: number;
  /** In percent of the requests. */
  silent: number;
  /** In percent of the requests. */
  strange: number;
  throttleMs: number;
  /** In percent of the partitions that have records in the answer to a Fetch: they come without them. */
  empty: number;
}

/** One round's cluster, and the filters that run on it. */
export interface FilterDeployment {
  readonly cluster: KafkaCluster;
  readonly topics: ReturnType<typeof planTopics>;
  /** None of them runs yet. */
  readonly places: readonly FilterPlace[];
  readonly trouble: Trouble;
}

export interface DeploymentDeps {
  readonly world: World;
  readonly network: Network;
  readonly passwordFile: string;
}

export function deployFilter({ world, network, passwordFile }: DeploymentDeps): FilterDeployment {
  const { random } = world;
  const trouble: Trouble = { errors: 0, silent: 0, strange: 0, throttleMs: 0, empty: 0 };
  const topics = planTopics(random.between(1, 4), random.between(1, 2));
  const hasLogin = random.chance(0.5);
  const cluster = new KafkaCluster({
    world,
    brokerCount: 3,
    listen: listenAsBroker(network),
    password: hasLogin ? password : undefined,
    hooks: {
      onRequest({ broker, apiKey }) {
        const fault = chooseFault(world, trouble, apiKey);
        world.note(`kafka-${broker}`, `${apiNames.get(apiKey) ?? apiKey} ${fault.name}`);
        return fault;
      },
    },
  });
  for (const plan of Object.values(topics)) {
    cluster.addTopic(plan);
  }
  const isStatic = random.chance(0.3);
  const places = [1, 2].map((number) => {
    const name = `filter-${number}`;
    return createFilterPlace(world, name, toConfig({ cluster, name, isStatic, hasLogin, passwordFile }));
  });
  return { cluster, topics, places, trouble };
}

function planTopics(partitionCount: number, deadLetterCount: number) {
  const settings = {
    ...{ 'min.insync.replicas': '2', 'retention.ms': '-1', 'max.message.bytes': '1000000' },
    // Somebody sets the clock of all machines: events of a day to come have states, too.
    'message.timestamp.after.max.ms': String(Number.MAX_SAFE_INTEGER),
  };
  const states = { 'cleanup.policy': 'compact', 'max.message.bytes': String(maxMessageBytes) };
  return {
    events: { name: 'events', partitionCount, settings },
    latest: { name: 'latest', partitionCount, settings: { ...settings, ...states } },
    deadLetter: { name: 'dead', partitionCount: deadLetterCount, settings },
  };
}

interface FilterFacts {
  readonly cluster: KafkaCluster;
  readonly name: string;
  readonly isStatic: boolean;
  readonly hasLogin: boolean;
  readonly passwordFile: string;
}

function toConfig({ cluster, name, isStatic, hasLogin, passwordFile }: FilterFacts): FilterConfig {
  return loadFilterConfig({
    KAFKA_BROKERS: cluster.brokers.map(({ id }) => cluster.addressOf(id)).join(','),
    KAFKA_TOPIC: 'events',
    KAFKA_LATEST_TOPIC: 'latest',
    KAFKA_DEAD_LETTER_TOPIC: 'dead',
    FILTER_GROUP_ID: groupId,
    FILTER_SESSION_TIMEOUT_MS: '10000',
    MANAGEMENT_PORT: '9090',
    ...(isStatic && { FILTER_INSTANCE_ID: name }),
    ...(hasLogin && {
      KAFKA_SASL_MECHANISM: 'plain',
      KAFKA_SASL_USERNAME: 'filter',
      KAFKA_SASL_PASSWORD_FILE: passwordFile,
      KAFKA_SASL_ALLOW_PLAINTEXT: 'true',
    }),
  });
}

const apiNames = new Map(Object.entries(kafkaApis).map(([name, key]) => [key as number, name]));

/** One of them takes megabytes. */
const spoilNames = Object.keys(spoils).filter((name) => !name.includes('megabytes'));

interface NamedFault extends RequestFault {
  /** For the trace. */
  readonly name: string;
}

function chooseFault({ random }: World, trouble: Trouble, apiKey: number): NamedFault {
  const errors = brokerErrors[apiKey] ?? [];
  if (errors.length > 0 && random.int(100) < trouble.errors) {
    const error = random.pick(errors);
    return { error, name: error };
  }
  if (random.int(100) < trouble.silent) {
    return { isSilent: true, name: 'without an answer' };
  }
  // A filter that cannot read the limit of its states drops a large obsolete event: no judge could say which.
  if (apiKey !== kafkaApis.DescribeConfigs && random.int(100) < trouble.strange) {
    const name = random.pick(spoilNames);
    return { spoil: spoils[name] ?? ((frame) => frame), name: `answered by ${name}` };
  }
  if (apiKey === kafkaApis.Fetch && trouble.empty > 0) {
    const spoil = (frame: Buffer) => emptyFetchAnswer(frame, () => random.int(100) < trouble.empty);
    return { spoil, name: 'partly empty' };
  }
  const { throttleMs } = trouble;
  return throttleMs > 0 && random.chance(0.3)
    ? { throttleMs, name: `pause of ${throttleMs} ms` }
    : { name: '' };
}
