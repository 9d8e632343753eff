import { kafkaTopicSettings, nameTopicSettings } from '../../../../config/store-settings.ts';
import type { TopicNames } from '../../../../config/topic-names.ts';
import type { TopicView } from '../cluster-view.ts';
import { formatKafkaError } from '../errors/kafka-answer-error.ts';
import { errorCodes } from '../errors/kafka-errors.ts';
import { type ExpectedTopic, toRecordRole } from './expected-topics.ts';
import { type TopicSettings, toTopicSettings } from './topic-settings.ts';

export interface TopicFacts {
  readonly topic: string;
  readonly exists: boolean;
  readonly partitionCount: number;
  /** Lowest number of replicas among the partitions, or 0 if the replicas of all partitions are unknown. */
  readonly replicationFactor: number;
  /** Number of in-sync replicas of each partition. */
  readonly inSyncCounts: readonly number[];
  /** Effective settings, or `undefined` if the client may not read them. */
  readonly settings: TopicSettings | undefined;
  /** All effective settings under their Kafka names, formatted as the broker returned them. */
  readonly reported?: ReadonlyMap<string, string>;
}

/**
 * Converts descriptions from the broker.
 *
 * @param view `undefined` if the topic does not exist
 * @param configs effective settings by their Kafka names, or `undefined` if the client may not read them
 */
export function toTopicFacts(
  topic: string,
  view: Pick<TopicView, 'partitions'> | undefined,
  configs: ReadonlyMap<string, string> | undefined,
): TopicFacts {
  const partitions = view?.partitions ?? [];
  const replicaCounts = partitions.map(({ replicas }) => replicas.length).filter((count) => count > 0);
  return {
    topic,
    exists: partitions.length > 0,
    partitionCount: partitions.length,
    replicationFactor: replicaCounts.length === 0 ? 0 : Math.min(...replicaCounts),
    inSyncCounts: partitions.map(({ inSyncCount }) => inSyncCount),
    settings: configs && toTopicSettings(configs),
    ...(configs && { reported: configs }),
  };
}

/** Lists the events topics whose revision filters write to this latest-state or dead-letter topic. */
export function listEventFacts(
  topic: string,
  filters: readonly TopicNames[],
  described: ReadonlyMap<string, TopicFacts>,
): TopicFacts[] {
  const filtersOfTopic = filters.filter(({ latest, deadLetter }) => latest === topic || deadLetter === topic);
  return [...new Set(filtersOfTopic.map(({ events }) => events))].flatMap(
    (events) => described.get(events) ?? [],
  );
}

/** Returns whether the topic is missing or access is denied, so that the topic stays unusable until someone intervenes. */
export function isAccessDenied(view: TopicView | undefined): boolean {
  const { UNKNOWN_TOPIC_OR_PARTITION, TOPIC_AUTHORIZATION_FAILED } = errorCodes;
  return (
    view === undefined || [UNKNOWN_TOPIC_OR_PARTITION, TOPIC_AUTHORIZATION_FAILED].includes(view.errorCode)
  );
}

/** Explains to the operator why a topic is not writable. Returns `undefined` if the topic is writable. */
export function findViewProblem(
  { topic, role }: Pick<ExpectedTopic, 'topic' | 'role'>,
  view: TopicView | undefined,
): string | undefined {
  if (view === undefined || view.errorCode === errorCodes.UNKNOWN_TOPIC_OR_PARTITION) {
    const settings = nameTopicSettings(kafkaTopicSettings, toRecordRole(role));
    return `the topic ${topic} does not exist: check ${settings} ("comapi-webhook check" suggests a similar name), or create the topic with "comapi-webhook topics"`;
  }
  if (view.errorCode === errorCodes.TOPIC_AUTHORIZATION_FAILED) {
    return `access to the topic ${topic} is denied: ${formatKafkaError(view.errorCode, { api: 'Metadata', topic })}. The receiver needs the permission Write on this topic, which includes Describe`;
  }
  return view.partitions.length === 0
    ? `the topic ${topic} is not ready (code ${view.errorCode})`
    : undefined;
}
