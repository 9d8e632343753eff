import type { ConfigProblem, Env } from '../runtime/config-error.ts';
import { parseTopicRules, type TopicRules, toLatestTopic } from '../webhook/topic-rules.ts';
import { chooseStore } from './chosen-store.ts';
import { settingsOf } from './stores.ts';
import { findTopicConflict } from './topic-conflicts.ts';
import { checkTopicName, isTopicName, topicExpected } from './topic-name.ts';

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

/** The topics of the store that the environment names. */
export function readTopicNames(env: Env, problems: ConfigProblem[]): RoutedTopics {
  const { topicVariables: own, readTopics } = settingsOf(chooseStore(env));
  const { events, deadLetter, latest, rules: text } = readTopics(env, problems);
  const report = (variable: string, message: string) => problems.push({ variable, message });
  const rules = toTopicRules(text, (message) => report(own.rules, message));
  const topics = {
    events,
    deadLetter,
    latest: latest ?? rules?.topics.get(events) ?? toLatestTopic(events),
    ...(rules && { rules }),
  };
  if (!isTopicName(topics.latest)) {
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
