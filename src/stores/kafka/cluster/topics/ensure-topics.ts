import { setTimeout as delay } from 'node:timers/promises';
import type { TopicNames } from '../../../../config/topic-names.ts';
import type { NewTopicOptions, TopicReport } from '../../../../ports/topics.ts';
import { type KafkaClientDeps, withKafkaClient } from '../client/kafka-client.ts';
import { checkErrorCode, formatKafkaError } from '../errors/kafka-answer-error.ts';
import { errorCodes } from '../errors/kafka-errors.ts';
import { type DescribedTopics, describeTopics } from './describe-topics.ts';
import { createExpectedTopics } from './expected-topics.ts';
import {
  checkReplicas,
  planTopics,
  setTombstoneRetention,
  type TopicPlan,
  toTopicReport,
} from './plan-topics.ts';
import { listEventFacts } from './topic-facts.ts';
import { findEventRetentionMs } from './topic-settings.ts';

interface EnsureTopicsOptions extends KafkaClientDeps, NewTopicOptions {
  /** Topic names. Contains several entries if registrations have their own topics. */
  readonly names: readonly TopicNames[];
  readonly maxBodyBytes: number;
  readonly windowMs: number;
  /** Whether to report the topics without creating any. */
  readonly dryRun: boolean;
}

/** Maximum time in milliseconds that the controller waits for the new topics. */
const createTopicsTimeoutMs = 5_000;
/** Time in milliseconds added to the wait of the controller. The total leaves time for a second attempt. */
const answerTimeoutMs = 2_000;
const maxDescribeAttempts = 50;
const describeDelayMs = 200;

/**
 * Creates missing topics. Existing topics are compared with their plan but never changed.
 *
 * @throws {ConnectionError} if no broker responds
 * @throws {Error} with the reason for each topic that the cluster rejects
 */
export async function ensureTopics(options: EnsureTopicsOptions): Promise<TopicReport[]> {
  const { names, maxBodyBytes, windowMs, dryRun } = options;
  const expectedTopics = createExpectedTopics(names, maxBodyBytes, windowMs);
  const topicNames = expectedTopics.map(({ topic }) => topic);
  const existingTopics = await describeTopics(topicNames, options);

  const plans = planTopics({
    ...options,
    expected: expectedTopics,
    brokerCount: existingTopics.brokers.size,
  }).map((plan) => {
    const [events] = listEventFacts(plan.topic, names, existingTopics.topics);
    if (plan.role !== 'latest' || events?.exists !== true) {
      return plan;
    }
    const { partitionCount, settings } = events;
    const planWithPartitionCount = { ...plan, partitionCount };
    return settings === undefined
      ? planWithPartitionCount
      : setTombstoneRetention(planWithPartitionCount, findEventRetentionMs(settings), options.chosenSettings);
  });
  const missingTopics = plans.filter(({ topic }) => existingTopics.topics.get(topic)?.exists !== true);
  const shouldCreate = missingTopics.length > 0 && !dryRun;
  if (shouldCreate) {
    for (const plan of missingTopics) {
      checkReplicas(plan, existingTopics.brokers.size);
    }
    await createTopics(missingTopics, options);
  }
  const finalTopics = shouldCreate ? await describeCreated(topicNames, options) : existingTopics;
  return plans.map((plan) =>
    toTopicReport(plan, {
      created: shouldCreate && missingTopics.includes(plan),
      facts: finalTopics.topics.get(plan.topic),
      events: listEventFacts(plan.topic, names, finalTopics.topics),
    }),
  );
}

async function createTopics(plans: readonly TopicPlan[], deps: KafkaClientDeps): Promise<void> {
  const topics = plans.map(({ topic, partitionCount, replicationFactor, settings }) => ({
    topic,
    numPartitions: partitionCount,
    replicationFactor,
    configEntries: Object.entries(settings).map(([name, value]) => ({ name, value })),
  }));
  const parameters = { topics, validateOnly: false, timeout: createTopicsTimeoutMs };
  const timeoutMs = createTopicsTimeoutMs + answerTimeoutMs;
  const answer = await withKafkaClient(deps, [], ({ calls }) =>
    // If the first response was lost, the repeated request finds the topics that the first request created.
    calls.read('controller', { api: 'CreateTopics', parameters, timeoutMs }, checkController),
  );
  const failures = answer.topicErrors
    // A concurrent run may have created the topic.
    .filter(({ errorCode }) => errorCode !== 0 && errorCode !== errorCodes.TOPIC_ALREADY_EXISTS)
    .map(
      ({ topic, errorCode }) => `${topic}: ${formatKafkaError(errorCode, { api: 'CreateTopics', topic })}`,
    );
  if (failures.length > 0) {
    throw new Error(
      `Kafka (${deps.connection.brokers.join(', ')}) did not create these topics: ${failures.join('; ')}`,
    );
  }
}

/**
 * Checks the response to a request to create topics.
 *
 * @throws {KafkaAnswerError} with the kind `reroute` if the broker is no longer the controller and has therefore
 * created no topic
 */
function checkController(answer: unknown): WireCreateTopicsAnswer {
  const creationAnswer = answer as WireCreateTopicsAnswer;
  if (creationAnswer.topicErrors.some(({ errorCode }) => errorCode === errorCodes.NOT_CONTROLLER)) {
    checkErrorCode(errorCodes.NOT_CONTROLLER, 'cannot create topics', { api: 'CreateTopics' });
  }
  return creationAnswer;
}

interface WireCreateTopicsAnswer {
  readonly topicErrors: readonly { readonly topic: string; readonly errorCode: number }[];
}

/** Describes the topics repeatedly until all of them exist, because brokers learn about a new topic at different times. */
async function describeCreated(
  topicNames: readonly string[],
  deps: KafkaClientDeps,
): Promise<DescribedTopics> {
  for (let attempt = 1; ; attempt += 1) {
    const describedTopics = await describeTopics(topicNames, deps);
    const doAllTopicsExist = [...describedTopics.topics.values()].every(({ exists }) => exists);
    if (doAllTopicsExist || attempt === maxDescribeAttempts) {
      return describedTopics;
    }
    await delay(describeDelayMs);
  }
}
