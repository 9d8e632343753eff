import { ConfigError, type ConfigProblem, type Env } from '../runtime/config-error.ts';
import { parseTopicRules, type TopicRules, toLatestTopic } from '../webhook/topic-rules.ts';
import { quoteValue } from './credential.ts';
import { findTopicNameProblem, topicRulesVariable } from './store-settings.ts';
import { chooseStore, type StoreConfig, settingsOf } from './stores.ts';

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
  const given = readTopics(env, problems);
  const { events, latest, rules: text } = given;
  const report = (variable: string, message: string) => problems.push({ variable, message });
  const rules = toTopicRules(text, (message) => report(topicRulesVariable.name, message));
  const deadLetter = given.deadLetter ?? `${events}.dead-letter`;
  const topics = {
    events,
    deadLetter,
    latest: latest ?? rules?.topics.get(events) ?? toLatestTopic(events),
    ...(rules && { rules }),
  };
  const unnamed = findTopicNameProblem(deadLetter);
  if (unnamed !== undefined) {
    report(own.deadLetter, `is missing, and ${own.events} with ".dead-letter" ${unnamed}.`);
  }
  const problem = findTopicNameProblem(topics.latest);
  if (own.latest !== undefined && problem !== undefined) {
    report(own.latest, `is missing, and ${own.events} with ".latest" ${problem}.`);
  }
  const conflict = findTopicConflict(listTopics(topics));
  if (conflict !== undefined) {
    const { rules: _, ...named } = topics;
    const variable = events === deadLetter ? own.deadLetter : (own.latest ?? own.deadLetter);
    report(findTopicConflict([named]) === undefined ? topicRulesVariable.name : variable, `${conflict}.`);
  }
  return topics;
}

/**
 * The topic of states that `reconcile` asked the provider for: one for all registrations.
 *
 * @throws {ConfigError} when it has no name of its own
 */
export function loadReconciledTopic(
  env: Env,
  registrations: readonly [RoutedTopics, ...RoutedTopics[]],
): string {
  const { topicVariables } = settingsOf(chooseStore(env));
  const problems: ConfigProblem[] = [];
  const [{ events }] = registrations;
  const name = `${events}.reconciled`;
  const variable = topicVariables.events;
  const problem = findTopicNameProblem(name);
  if (problem !== undefined) {
    problems.push({ variable, message: `with ".reconciled", the topic of missing states, ${problem}.` });
  }
  const others = registrations
    .flatMap(listTopics)
    .flatMap((topic) => [topic.events, topic.deadLetter, topic.latest]);
  if (others.includes(name)) {
    problems.push({
      variable,
      message: `with ".reconciled" is ${name}, which holds other records: missing states need a topic of their own.`,
    });
  }
  ConfigError.throwIfAny(problems);
  return name;
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

/** Reports what is no name of a topic. */
export function checkTopicName(name: string, report: (message: string) => void): boolean {
  const problem = findTopicNameProblem(name);
  if (problem !== undefined) {
    report(`${quoteValue(name)} ${problem}.`);
  }
  return problem === undefined;
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

/**
 * A sentence when two kinds of records would be in one topic, or when the revision filters of these topics could not run side
 * by side. Each needs an events topic and a latest-state topic of its own.
 */
export function findTopicConflict(topics: readonly TopicNames[]): string | undefined {
  const shared = findSharedTopic(topics);
  if (shared !== undefined) {
    return shared;
  }
  const latestOf = new Map<string, string>();
  const eventsOf = new Map<string, string>();
  const others = new Map(
    topics.flatMap(({ events, deadLetter }) => [
      [events, 'events'],
      [deadLetter, 'dead letters'],
    ]),
  );
  for (const { events, latest } of topics) {
    const states = latestOf.get(events) ?? latest;
    if (states !== latest) {
      return `the topic ${events} has two topics of latest states, ${states} and ${latest}`;
    }
    const source = eventsOf.get(latest) ?? events;
    if (source !== events) {
      return `${latest} would hold the latest states of two topics, ${source} and ${events}`;
    }
    const use = others.get(latest);
    if (use !== undefined) {
      return `${latest}, the topic of latest states of ${events}, is one of ${use} too`;
    }
    latestOf.set(events, latest);
    eventsOf.set(latest, events);
  }
  return undefined;
}

/** A sentence when events and dead letters would be in one topic. */
export function findSharedTopic(topics: readonly Omit<TopicNames, 'latest'>[]): string | undefined {
  const events = new Set(topics.map((each) => each.events));
  const shared = topics.find(({ deadLetter }) => events.has(deadLetter));
  return shared && `${shared.deadLetter} would hold events and dead letters: give each a topic of its own`;
}

/**
 * Adds a problem when dead letters would be in one of several queues or streams that share events: each has a number behind
 * the name.
 */
export function checkNumberedNames(
  store: StoreConfig,
  topics: readonly TopicNames[],
  problems: ConfigProblem[],
): void {
  const { count, variable } = settingsOf(store.kind).countShares?.(store) ?? { count: 1, variable: '' };
  const numbered = new Set(
    topics.flatMap(({ events }) => Array.from({ length: count }, (_, index) => `${events}.${index}`)),
  );
  const shared = topics.find(({ deadLetter }) => count > 1 && numbered.has(deadLetter));
  if (shared !== undefined) {
    problems.push({
      variable,
      message: `is ${count}, so ${shared.deadLetter} would hold events and dead letters: give the dead letters another name.`,
    });
  }
}
