import type { StoreSettings } from './store-settings.ts';
import { defaultTopic, topicVariable } from './topic-name.ts';
import { readVariables, textVariable } from './variables.ts';

type TopicSettings = Pick<StoreSettings<unknown>, 'variables' | 'topicVariables' | 'readTopics'>;

/** Topics whose names are given by these variables, for a store where each has a name of its own. */
export function toTopicSettings(topicVariables: TopicSettings['topicVariables']): TopicSettings {
  const { events, deadLetter, latest, rules } = topicVariables;
  const entries = {
    [events]: topicVariable,
    [deadLetter]: topicVariable,
    [latest]: topicVariable,
    [rules]: textVariable(undefined),
  };
  return {
    variables: Object.keys(entries),
    topicVariables,
    readTopics(env, problems) {
      const read = readVariables(entries, env, problems);
      return {
        events: read[events] ?? defaultTopic,
        deadLetter: read[deadLetter] ?? 'comapi.events.dead-letter',
        latest: read[latest],
        rules: read[rules],
      };
    },
  };
}

/** The topics of Kafka, and of the journal. */
export const kafkaTopicSettings = toTopicSettings({
  events: 'KAFKA_TOPIC',
  deadLetter: 'KAFKA_DEAD_LETTER_TOPIC',
  latest: 'KAFKA_LATEST_TOPIC',
  rules: 'KAFKA_TOPIC_RULES',
});
