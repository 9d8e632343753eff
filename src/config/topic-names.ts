import type { ConfigProblem, Env } from '../runtime/config-error.ts';
import { parseTopicRules, type TopicRules, toLatestTopic } from '../webhook/topic-rules.ts';
import { chooseStore } from './chosen-store.ts';
import { quoteValue } from './quote-value.ts';
import { readRabbitMqNames } from './rabbitmq-config.ts';
import { findTopicConflict } from './topic-conflicts.ts';
import { patternVariable, readVariables, textVariable } from './variables.ts';

/** Topics of Kafka and of the journal, queues or exchanges of RabbitMQ, streams of Redis. */
export interface TopicNames {
  readonly events: string;
  readonly deadLetter: string;
  /** Compacted, written by the revision filter. */
  readonly latest: string;
}

/** The topics of a registration. */
export interface RoutedTopics extends TopicNames {
  /** Other topics for some of its events; absent when all go to `events`. */
  readonly rules?: TopicRules;
}

const topicPattern = /^(?!\.{1,2}$)[a-zA-Z0-9._-]{1,249}$/;
const topicExpected = 'a topic name (1 to 249 of a-z, A-Z, 0-9, ".", "_", "-")';

export const defaultTopic = 'comapi.events';

const topicVariable = <T extends string | undefined>(fallback: T) =>
  patternVariable(fallback, topicPattern, topicExpected);

export const kafkaTopicEntries = {
  KAFKA_TOPIC: topicVariable(defaultTopic),
  KAFKA_DEAD_LETTER_TOPIC: topicVariable('comapi.events.dead-letter'),
  KAFKA_LATEST_TOPIC: topicVariable(undefined),
  KAFKA_TOPIC_RULES: textVariable(undefined),
};

export const redisStreamEntries = {
  REDIS_STREAM: topicVariable(defaultTopic),
  REDIS_DEAD_LETTER_STREAM: topicVariable('comapi.events.dead-letter'),
  REDIS_LATEST_PREFIX: topicVariable(undefined),
  REDIS_STREAM_RULES: textVariable(undefined),
};

type TopicVariables = Readonly<Record<'events' | 'deadLetter' | 'latest' | 'rules', string>>;

const ofKafka: TopicVariables = {
  events: 'KAFKA_TOPIC',
  deadLetter: 'KAFKA_DEAD_LETTER_TOPIC',
  latest: 'KAFKA_LATEST_TOPIC',
  rules: 'KAFKA_TOPIC_RULES',
};

const ofRabbitMq: TopicVariables = {
  events: 'RABBITMQ_QUEUE',
  deadLetter: 'RABBITMQ_DEAD_LETTER_QUEUE',
  // No filter writes latest states there.
  latest: 'RABBITMQ_QUEUE',
  rules: 'RABBITMQ_QUEUE_RULES',
};

const ofRedis: TopicVariables = {
  events: 'REDIS_STREAM',
  deadLetter: 'REDIS_DEAD_LETTER_STREAM',
  latest: 'REDIS_LATEST_PREFIX',
  rules: 'REDIS_STREAM_RULES',
};

/** The variables that name the topics of each store. The journal keeps the topic of each record as well, as Kafka's. */
const topicVariables = { journal: ofKafka, kafka: ofKafka, rabbitmq: ofRabbitMq, redis: ofRedis };

function readNames(env: Env, problems: ConfigProblem[]) {
  const store = chooseStore(env);
  if (store === 'rabbitmq') {
    return readRabbitMqNames(env, problems);
  }
  if (store === 'redis') {
    const read = readVariables(redisStreamEntries, env, problems);
    return {
      events: read.REDIS_STREAM,
      deadLetter: read.REDIS_DEAD_LETTER_STREAM,
      latest: read.REDIS_LATEST_PREFIX,
      rules: read.REDIS_STREAM_RULES,
    };
  }
  const read = readVariables(kafkaTopicEntries, env, problems);
  return {
    events: read.KAFKA_TOPIC,
    deadLetter: read.KAFKA_DEAD_LETTER_TOPIC,
    latest: read.KAFKA_LATEST_TOPIC,
    rules: read.KAFKA_TOPIC_RULES,
  };
}

/** The topics of the store that the environment names. */
export function readTopicNames(env: Env, problems: ConfigProblem[]): RoutedTopics {
  const { events, deadLetter, latest, rules: text } = readNames(env, problems);
  const own = topicVariables[chooseStore(env)];
  const report = (variable: string, message: string) => problems.push({ variable, message });
  const rules = toTopicRules(text, (message) => report(own.rules, message));
  const topics = {
    events,
    deadLetter,
    latest: latest ?? rules?.topics.get(events) ?? toLatestTopic(events),
    ...(rules && { rules }),
  };
  if (!topicPattern.test(topics.latest)) {
    report(own.latest, `is missing, and ${own.events} with ".latest" is not ${topicExpected}.`);
  }
  const conflict = findTopicConflict(listTopics(topics));
  if (conflict !== undefined) {
    const { rules: _, ...named } = topics;
    const variable = events === deadLetter ? own.deadLetter : own.latest;
    report(findTopicConflict([named]) === undefined ? own.rules : variable, `${conflict}.`);
  }
  return topics;
}

/** Every topic that events of a registration may go to, each with those that belong to it. Its own come first. */
export function listTopics({ events, deadLetter, latest, rules }: RoutedTopics): TopicNames[] {
  const others = [...(rules?.topics ?? [])].map(([topic, states]) => ({
    events: topic,
    deadLetter,
    latest: states,
  }));
  // A rule may name the registration's own topic, before one for the rest of a family.
  return [{ events, deadLetter, latest }, ...others].filter(
    (each, index) => index === 0 || each.events !== events || each.latest !== latest,
  );
}

/** @param text empty: none */
export function toTopicRules(
  text: string | undefined,
  report: (message: string) => void,
): TopicRules | undefined {
  const rules = text === undefined || text === '' ? undefined : parseTopicRules(text);
  if (typeof rules === 'string') {
    report(`${rules}.`);
    return undefined;
  }
  const names = rules === undefined ? [] : [...rules.topics].flat();
  return names.every((name) => checkTopicName(name, report)) ? rules : undefined;
}

/** Reports what is no name of a topic. */
export function checkTopicName(name: string | undefined, report: (message: string) => void): boolean {
  const isValid = name === undefined || topicPattern.test(name);
  if (!isValid) {
    report(`${quoteValue(name)} is not ${topicExpected}.`);
  }
  return isValid;
}
