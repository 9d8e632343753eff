import type { TopicNames } from '../config/topic-names.ts';
import type { WebhookConfig } from '../config/webhook-config.ts';
import { describeKafkaFailure } from '../kafka/errors/describe-kafka-failure.ts';
import type { KafkaAccess } from '../kafka/kafkajs/kafka-access.ts';
import { type DescribedTopics, describeTopics } from '../kafka/topics/describe-topics.ts';
import { type ExpectedTopic, expectTopics } from '../kafka/topics/expect-topics.ts';
import { judgeTopic } from '../kafka/topics/judge-topic.ts';
import type { TopicFacts } from '../kafka/topics/topic-facts.ts';
import type { Logger } from '../runtime/logger.ts';
import type { CheckResult } from './check-result.ts';

interface ExpectedNames {
  /** Those of the revision filter. */
  readonly topics: TopicNames;
  readonly webhooks: readonly Pick<WebhookConfig, 'topic' | 'deadLetterTopic'>[];
  readonly maxBodyBytes: number;
}

export interface CheckTopicsOptions extends ExpectedNames {
  readonly connection: KafkaAccess;
  readonly logger: Logger;
}

/** Whether Kafka answers, and whether its topics can keep what they acknowledge. */
export async function checkTopics(options: CheckTopicsOptions): Promise<CheckResult[]> {
  const { connection, topics, webhooks, logger } = options;
  const { brokers } = connection;
  const names = webhooks.flatMap(({ topic, deadLetterTopic }) => [topic, deadLetterTopic]);
  let described: DescribedTopics;
  try {
    described = await describeTopics([...new Set([...names, topics.latest])], {
      connection,
      logger,
    });
  } catch (error) {
    return [{ area: 'store', verdict: 'error', text: describeKafkaFailure(error, brokers) }];
  }
  const { brokerCount } = described;
  return [
    {
      area: 'store',
      verdict: 'ok',
      text: `Kafka (${brokers.join(', ')}) answers with ${brokerCount} ${brokerCount === 1 ? 'broker' : 'brokers'}`,
    },
    ...toTopicResults(described.topics, options),
  ];
}

/** @param described the topics of the registrations, and the latest-state topic */
export function toTopicResults(
  described: DescribedTopics['topics'],
  { topics, webhooks, maxBodyBytes }: ExpectedNames,
): CheckResult[] {
  const hasFilter = described.get(topics.latest)?.exists === true;
  const ofFilter = hasFilter ? [topics.latest, topics.deadLetter] : [];
  const expected = expectTopics(
    [
      ...webhooks.map(({ topic, deadLetterTopic }) => ({ events: topic, deadLetter: deadLetterTopic })),
      ...(hasFilter ? [topics] : []),
    ],
    maxBodyBytes,
  );
  const results = expected.flatMap((each) => {
    const facts = described.get(each.topic);
    const events = ofFilter.includes(each.topic) ? described.get(topics.events) : undefined;
    return facts === undefined ? [] : toResults(each, facts, events);
  });
  return hasFilter
    ? results
    : [
        ...results,
        {
          area: 'topics',
          verdict: 'ok',
          text: `${topics.latest} does not exist; only the revision filter needs it`,
        },
      ];
}

function toResults(
  expected: ExpectedTopic,
  facts: TopicFacts,
  events: TopicFacts | undefined,
): CheckResult[] {
  const { findings } = judgeTopic(expected, facts, events);
  return findings.length === 0
    ? [{ area: 'topics', verdict: 'ok', text: `${expected.topic}: ${summarize(facts)}` }]
    : findings.map(({ verdict, message }) => ({
        area: 'topics',
        verdict,
        text: `${expected.topic}: ${message}`,
      }));
}

function summarize({ partitionCount, replicationFactor, settings }: TopicFacts): string {
  const least = settings?.unreported.has('min.insync.replicas')
    ? 'is not reported'
    : settings?.minInSyncReplicas;
  const compression = settings?.compressionType ?? 'producer';
  // Compression is nothing to warn of: it costs the brokers' processors and saves their disks.
  const compressed = ['producer', 'uncompressed'].includes(compression)
    ? ''
    : `, compressed with ${compression} by the brokers`;
  return `${partitionCount} partitions, ${replicationFactor} replicas, min.insync.replicas ${least}${compressed}`;
}
