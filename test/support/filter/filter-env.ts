import type { TopicNames } from '../../../src/config/topic-names.ts';

/** Returns the environment of a filter that uses these topics and a separate consumer group. */
export function toFilterEnv(bootstrap: string, topics: TopicNames): Record<string, string> {
  return {
    HTTP_HOST: '127.0.0.1',
    MANAGEMENT_PORT: '0',
    KAFKA_BROKERS: bootstrap,
    KAFKA_TOPIC: topics.events,
    KAFKA_DEAD_LETTER_TOPIC: topics.deadLetter,
    FILTER_GROUP_ID: `group-${topics.events}`,
  };
}
