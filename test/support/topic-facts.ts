import type { TopicNames } from '../../src/config/topic-names.ts';
import { type TopicFacts, toTopicFacts } from '../../src/stores/kafka/cluster/topics/topic-facts.ts';

/** Settings that a broker reports for a healthy topic. */
const goodConfigs = {
  'min.insync.replicas': '2',
  'max.message.bytes': '12582912',
  'cleanup.policy': 'delete',
  'retention.ms': '604800000',
  'segment.ms': '604800000',
  'delete.retention.ms': '1209600000',
  'unclean.leader.election.enable': 'false',
  'compression.type': 'producer',
};

interface FactsOptions {
  readonly partitions?: number;
  /**
   * Settings that override the healthy settings. The value `null` means that the broker does not report the setting.
   */
  readonly configs?: Readonly<Record<string, string | null>>;
}

export function createTopicFacts(
  topic: string,
  { partitions = 3, configs = {} }: FactsOptions = {},
): TopicFacts {
  const partition = { leader: 1, replicas: [1, 2, 3], inSyncCount: 3 };
  const reported = Object.entries({ ...goodConfigs, ...configs }).filter(
    (entry): entry is [string, string] => entry[1] !== null,
  );
  return toTopicFacts(
    topic,
    { partitions: Array.from({ length: partitions }, () => partition) },
    new Map(reported),
  );
}

export const testTopics: TopicNames = { events: 'events', deadLetter: 'dead', latest: 'latest' };
