import { setTimeout as delay } from 'node:timers/promises';
import type { KafkaConnectionConfig } from '../../config/kafka-config.ts';
import type { TopicNames } from '../../config/topic-names.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { TopicReport } from '../../sink/topic-report.ts';
import { createKafkaClient } from '../kafkajs/kafka-client.ts';
import { type DescribedTopics, describeTopics } from './describe-topics.ts';
import { planTopics, type TopicPlan } from './plan-topics.ts';
import { toTopicReport } from './to-topic-report.ts';
import type { TopicFacts } from './topic-facts.ts';

interface EnsureTopicsOptions {
  readonly connection: KafkaConnectionConfig;
  readonly names: readonly TopicNames[];
  readonly partitionCount: number;
  readonly replicationFactor?: number | undefined;
  readonly minInSyncReplicas?: number | undefined;
  readonly maxBodyBytes: number;
  /** Changes nothing, only looks. */
  readonly dryRun: boolean;
  readonly logger: Logger;
}

const describeAttempts = 50;
const describeDelayMs = 200;

/**
 * Creates the topics that are missing; existing ones are never changed, only compared.
 *
 * @throws LinkError when no broker answers; the broker's own error when it refuses to create a topic
 */
export async function ensureTopics(options: EnsureTopicsOptions): Promise<TopicReport[]> {
  const { connection, names, maxBodyBytes, dryRun, logger } = options;
  const topicNames = [
    ...new Set(names.flatMap(({ events, deadLetter, latest }) => [events, deadLetter, latest])),
  ];
  const before = await describeTopics(topicNames, { connection, logger });
  const { brokerCount } = before;
  const plans = planTopics({ ...options, brokerCount }).map((plan) =>
    followEvents(plan, names, before.topics),
  );
  const missing = plans.filter(({ topic }) => before.topics.get(topic)?.exists !== true);
  if (missing.length > 0 && !dryRun) {
    await createTopics(missing, connection, logger);
  }
  const { topics } =
    missing.length > 0 && !dryRun ? await describeCreated(topicNames, { connection, logger }) : before;
  return plans.map((plan) =>
    toTopicReport(plan, { names, topics, created: !dryRun && missing.includes(plan), maxBodyBytes }),
  );
}

/** A latest-state topic has as many partitions as the events topic that is there already. */
function followEvents(
  plan: TopicPlan,
  names: readonly TopicNames[],
  topics: ReadonlyMap<string, TopicFacts>,
): TopicPlan {
  const events = topics.get(names.find(({ latest }) => latest === plan.topic)?.events ?? '');
  return events?.exists === true ? { ...plan, partitionCount: events.partitionCount } : plan;
}

async function createTopics(
  plans: readonly TopicPlan[],
  connection: KafkaConnectionConfig,
  logger: Logger,
): Promise<void> {
  const admin = createKafkaClient({ connection, logger }).admin();
  await admin.connect();
  try {
    await admin.createTopics({
      // It gives up when the broker that it asks does not know the topic yet: see below.
      waitForLeaders: false,
      topics: plans.map(({ topic, partitionCount, replicationFactor, settings }) => ({
        topic,
        numPartitions: partitionCount,
        replicationFactor,
        configEntries: Object.entries(settings).map(([name, value]) => ({ name, value })),
      })),
    });
  } finally {
    await admin.disconnect();
  }
}

/** A topic that was just created is known to each broker a little later. */
async function describeCreated(
  topicNames: readonly string[],
  deps: { readonly connection: KafkaConnectionConfig; readonly logger: Logger },
): Promise<DescribedTopics> {
  for (let attempt = 1; ; attempt += 1) {
    const described = await describeTopics(topicNames, deps);
    const complete = topicNames.every((topic) => described.topics.get(topic)?.exists === true);
    if (complete || attempt === describeAttempts) {
      return described;
    }
    await delay(describeDelayMs);
  }
}
