import type { KafkaConfig } from '../config/kafka-config.ts';
import type { TopicNames } from '../config/topic-names.ts';
import type { WebhookConfig } from '../config/webhook-config.ts';
import { describeKafkaFailure } from '../kafka/errors/describe-kafka-failure.ts';
import { type DescribedTopics, describeTopics } from '../kafka/topics/describe-topics.ts';
import { type Finding, judgePartitionCounts, judgeTopic } from '../kafka/topics/durability-check.ts';
import { expectTopics } from '../kafka/topics/expect-topics.ts';
import type { TopicFacts } from '../kafka/topics/topic-facts.ts';
import type { TopicSettings } from '../kafka/topics/topic-settings.ts';
import type { Logger } from '../runtime/logger.ts';
import type { CheckResult } from './check-result.ts';

export interface CheckTopicsOptions {
  readonly kafka: KafkaConfig;
  readonly topics: TopicNames;
  readonly webhooks: readonly WebhookConfig[];
  readonly maxBodyBytes: number;
  readonly logger: Logger;
}

/** Whether Kafka answers, and whether its topics can keep what they acknowledge. */
export async function checkTopics(options: CheckTopicsOptions): Promise<CheckResult[]> {
  const { kafka, topics, webhooks, maxBodyBytes, logger } = options;
  const { brokers } = kafka.connection;
  const expected = expectTopics(webhooks, maxBodyBytes);
  let described: DescribedTopics;
  try {
    const names = [...expected.map(({ topic }) => topic), topics.latest];
    described = await describeTopics(names, { connection: kafka.connection, logger });
  } catch (error) {
    return [{ area: 'store', verdict: 'error', text: describeKafkaFailure(error, brokers) }];
  }
  const { brokerCount } = described;
  const facts = (topic: string) => described.topics.get(topic) ?? missing;
  const latest = facts(topics.latest);
  return [
    {
      area: 'store',
      verdict: 'ok',
      text: `Kafka (${brokers.join(', ')}) answers with ${brokerCount} ${brokerCount === 1 ? 'broker' : 'brokers'}`,
    },
    ...expected.flatMap((topic) =>
      toResults(topic.topic, facts(topic.topic), judgeTopic(topic, facts(topic.topic)).findings),
    ),
    ...(latest.exists
      ? toResults(topics.latest, latest, [
          ...judgeTopic({ topic: topics.latest, role: 'latest', largestValueBytes: 0 }, latest).findings,
          ...judgePartitionCounts(facts(topics.events), latest).findings,
        ])
      : [
          {
            area: 'topics',
            verdict: 'ok',
            text: `${topics.latest} does not exist; only the revision filter needs it`,
          } as const,
        ]),
  ];
}

const missing: TopicFacts = {
  exists: false,
  partitionCount: 0,
  replicationFactor: 0,
  inSyncCounts: [],
  settings: undefined,
};

/** Nothing to warn of: it costs the brokers' processors and saves their disks. */
function sayCompression(settings: TopicSettings | undefined): string {
  const type = settings?.compressionType ?? 'producer';
  return ['producer', 'uncompressed'].includes(type) ? '' : `, compressed with ${type} by the brokers`;
}

function toResults(topic: string, facts: TopicFacts, findings: readonly Finding[]): CheckResult[] {
  const { partitionCount, replicationFactor, settings } = facts;
  if (findings.length > 0) {
    return findings.map(({ verdict, message }) => ({
      area: 'topics',
      verdict,
      text: `${topic}: ${message}`,
    }));
  }
  const least = settings?.unreported.has('min.insync.replicas')
    ? 'is not reported'
    : settings?.minInSyncReplicas;
  const text = `${topic}: ${partitionCount} partitions, ${replicationFactor} replicas, min.insync.replicas ${least}${sayCompression(settings)}`;
  return [{ area: 'topics', verdict: 'ok', text }];
}
