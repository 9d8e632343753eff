import type { StoreSettings } from './store-settings.ts';
import { defaultTopic, topicVariable } from './topic-name.ts';
import { readVariables, textVariable } from './variables.ts';

const entries = {
  KAFKA_TOPIC: topicVariable(defaultTopic),
  KAFKA_DEAD_LETTER_TOPIC: topicVariable('comapi.events.dead-letter'),
  KAFKA_LATEST_TOPIC: topicVariable(undefined),
  KAFKA_TOPIC_RULES: textVariable(undefined),
};

/** The topics of Kafka, and of the journal. */
export const kafkaTopicSettings = {
  variables: Object.keys(entries),
  topicVariables: {
    events: 'KAFKA_TOPIC',
    deadLetter: 'KAFKA_DEAD_LETTER_TOPIC',
    latest: 'KAFKA_LATEST_TOPIC',
    rules: 'KAFKA_TOPIC_RULES',
  },
  readTopics(env, problems) {
    const read = readVariables(entries, env, problems);
    return {
      events: read.KAFKA_TOPIC,
      deadLetter: read.KAFKA_DEAD_LETTER_TOPIC,
      latest: read.KAFKA_LATEST_TOPIC,
      rules: read.KAFKA_TOPIC_RULES,
    };
  },
} satisfies Partial<StoreSettings<unknown>>;
