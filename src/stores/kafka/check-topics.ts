import type { TopicNames } from '../../config/topic-names.ts';
import type { CheckResult } from '../../ports/check-result.ts';
import { formatCount } from '../../runtime/format.ts';
import type { Logger } from '../../runtime/logger.ts';
import { findNearest } from '../../runtime/similar-names.ts';
import { createBrokerConnection, defaultClusterSettings } from './cluster/broker-connection.ts';
import type { KafkaClientDeps } from './cluster/client/kafka-client.ts';
import { describeConnectionError, describeKafkaFailure } from './cluster/errors/describe-kafka-failure.ts';
import { type BrokerAddress, formatBrokerAddress } from './cluster/kafkajs/broker-address.ts';
import type { KafkaAccess } from './cluster/kafkajs/connection-options.ts';
import { type DescribedTopics, describeTopics, listKafkaTopics } from './cluster/topics/describe-topics.ts';
import { createExpectedTopics, type ExpectedTopic } from './cluster/topics/expected-topics.ts';
import { listEventFacts, type TopicFacts } from './cluster/topics/topic-facts.ts';
import { validateTopic } from './cluster/topics/validate-topic.ts';

interface ExpectedTopicNames {
  /** Topics of all registrations and of their topic rules. */
  readonly topics: readonly TopicNames[];
  readonly maxBodyBytes: number;
  /** Time in milliseconds for which a revision filter remembers an entity. */
  readonly windowMs: number;
}

export interface CheckTopicsOptions extends ExpectedTopicNames {
  readonly connection: KafkaAccess;
  readonly logger: Logger;
}

/** Checks that Kafka responds, and that its topics can retain all acknowledged records. */
export async function checkTopics(options: CheckTopicsOptions): Promise<CheckResult[]> {
  const { connection, topics, maxBodyBytes, windowMs, logger } = options;
  const { brokers } = connection;
  const names = topics.flatMap(({ events, deadLetter, latest }) => [events, deadLetter, latest]);
  let describedTopics: DescribedTopics;
  try {
    describedTopics = await describeTopics([...new Set(names)], { connection, logger });
  } catch (error) {
    return [{ area: 'store', verdict: 'error', text: describeKafkaFailure(error, brokers) }];
  }
  const brokerCount = describedTopics.brokers.size;
  const isAnyTopicMissing = topics.some(({ events, deadLetter }) =>
    [events, deadLetter].some((name) => describedTopics.topics.get(name)?.exists !== true),
  );
  const existingTopics = isAnyTopicMissing ? await listKafkaTopics({ connection, logger }) : [];
  return [
    {
      area: 'store',
      verdict: 'ok',
      text: `Kafka (${brokers.join(', ')}) responds and has ${formatCount(brokerCount, 'broker')}`,
    },
    ...(await checkBrokers(describedTopics, { connection, logger })),
    ...toTopicResults(describedTopics.topics, { topics, maxBodyBytes, windowMs, known: existingTopics }),
  ];
}

/**
 * Validates the described topics.
 *
 * @param described facts about all configured topics
 * @param options.known names of all other topics in the cluster, for suggestions
 */
export function toTopicResults(
  described: DescribedTopics['topics'],
  { topics, maxBodyBytes, windowMs, known }: ExpectedTopicNames & { readonly known: readonly string[] },
): CheckResult[] {
  const isExistingTopic = (name: string) => described.get(name)?.exists === true;
  const expectedTopics = createExpectedTopics(
    topics.map(({ events, deadLetter, latest }) => ({
      events,
      deadLetter,
      ...(isExistingTopic(latest) && { latest }),
    })),
    maxBodyBytes,
    windowMs,
  );
  const results = expectedTopics.flatMap((each) => {
    const facts = described.get(each.topic);
    const filterTopics = topics.filter(({ latest }) => isExistingTopic(latest));
    return facts === undefined
      ? []
      : toCheckResults(each, facts, listEventFacts(each.topic, filterTopics, described), known);
  });
  const unusedTopics = new Set(
    topics.map(({ latest }) => latest).filter((latest) => !isExistingTopic(latest)),
  );
  return [
    ...results,
    ...[...unusedTopics].map((latest) => ({
      area: 'topics' as const,
      verdict: 'ok' as const,
      text: `the topic ${latest} does not exist. Only the revision filter needs this topic`,
    })),
  ];
}

function toCheckResults(
  expected: ExpectedTopic,
  facts: TopicFacts,
  events: readonly TopicFacts[],
  known: readonly string[],
): CheckResult[] {
  const nearest = facts.exists ? undefined : findNearest(expected.topic, known);
  const similarNameHint = nearest === undefined ? '' : ` Did you mean ${nearest}?`;
  const { findings } = validateTopic(expected, facts, events);
  return findings.length === 0
    ? [{ area: 'topics', verdict: 'ok', text: `${expected.topic}: ${summarizeTopic(facts)}` }]
    : findings.map(({ verdict, message }) => ({
        area: 'topics',
        verdict,
        text: `${expected.topic}: ${message}${similarNameHint}`,
      }));
}

function summarizeTopic({ partitionCount, replicationFactor, settings }: TopicFacts): string {
  const minInSyncText = settings?.unreported.has('min.insync.replicas')
    ? 'is not reported'
    : settings?.minInSyncReplicas;
  const compression = settings?.compressionType ?? 'producer';
  // Recompression on the brokers does not justify a warning, because it saves disk space in exchange for CPU time.
  const summary = `${formatCount(partitionCount, 'partition')}, ${formatCount(replicationFactor, 'replica')}, min.insync.replicas ${minInSyncText}`;
  return ['producer', 'uncompressed'].includes(compression)
    ? summary
    : `${summary}, compression.type ${compression}`;
}

/**
 * Checks every broker at its advertised address, because KAFKA_BROKERS is used only for the first query. All records
 * are sent to the advertised addresses.
 *
 * @returns a result for each unusable broker
 */
async function checkBrokers(
  { brokers, clusterId }: Pick<DescribedTopics, 'brokers' | 'clusterId'>,
  deps: KafkaClientDeps,
): Promise<CheckResult[]> {
  const brokerChecks = [...brokers].map(async ([id, address]) => {
    const problem = await findBrokerProblem(address, clusterId, deps);
    const text = `Kafka broker ${id} at ${formatBrokerAddress(address)}: ${problem}`;
    return problem === undefined ? [] : [{ area: 'store', verdict: 'error', text } as const];
  });
  return (await Promise.all(brokerChecks)).flat();
}

async function findBrokerProblem(
  address: BrokerAddress,
  clusterId: string | undefined,
  { connection, logger }: KafkaClientDeps,
): Promise<string | undefined> {
  const broker = createBrokerConnection({ address, connection, settings: defaultClusterSettings, logger });
  try {
    await broker.connect();
    const { clusterId: found } = await broker.describeCluster([]);
    return found === undefined || clusterId === undefined || found === clusterId
      ? undefined
      : `a broker of the cluster ${found} responds at this address, but the other brokers belong to the cluster ${clusterId}. Check advertised.listeners of the brokers`;
  } catch (error) {
    return describeConnectionError(error);
  } finally {
    broker.close();
  }
}
