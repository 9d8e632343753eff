import { ConfigError, type ConfigProblem, type Env } from '../runtime/config-error.ts';
import { parseTopicRules, type TopicRules } from '../webhook/topic-rules.ts';
import { quoteValue } from './credential.ts';
import { topicName, topicRulesVariable } from './store-settings.ts';
import { chooseStore, type StoreConfig, settingsOf } from './stores.ts';
import { readVariables } from './variables.ts';

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

type Report = (message: string) => void;

const latestSuffix = '.latest';
const deadLetterSuffix = '.dead-letter';

/** The topics of the store that the environment names. */
export function readTopicNames(env: Env, problems: ConfigProblem[]): RoutedTopics {
  const { topicVariables: own, readTopics } = settingsOf(chooseStore(env));
  const given = readTopics(env, problems);
  const { rules: text } = readVariables({ rules: topicRulesVariable }, env, problems);
  const report = (variable: string, message: string) => problems.push({ variable, message });
  const rules = toTopicRules(text, (message) => report(topicRulesVariable.name, message));
  const topics = toTopics({ ...given, rules }, (message) => report(own.events, message));
  const conflict = findTopicConflict(listTopics(topics));
  if (conflict !== undefined) {
    // Names that are derived differ from each other.
    const isOfRules = given.deadLetter === undefined || findTopicConflict([topics]) === undefined;
    report((isOfRules ? undefined : own.deadLetter) ?? topicRulesVariable.name, `${conflict}.`);
  }
  return topics;
}

interface GivenTopics {
  readonly events: string;
  readonly deadLetter?: string | undefined;
  readonly rules?: TopicRules | undefined;
}

/** With the names that follow from that of the events. */
export function toTopics({ events, deadLetter, rules }: GivenTopics, report: Report): RoutedTopics {
  const derived = deadLetter === undefined ? [latestSuffix, deadLetterSuffix] : [latestSuffix];
  checkRoom(events, derived, report);
  return {
    events,
    deadLetter: deadLetter ?? `${events}${deadLetterSuffix}`,
    latest: `${events}${latestSuffix}`,
    ...(rules && { rules }),
  };
}

/**
 * The topic of states that `reconcile` asked the provider for: one for all registrations.
 *
 * @throws {ConfigError} when it has no name of its own
 */
export function loadReconciledTopic(
  env: Env,
  {
    topics: { events },
    allTopics,
  }: { readonly topics: TopicNames; readonly allTopics: readonly TopicNames[] },
): string {
  const { topicVariables } = settingsOf(chooseStore(env));
  const problems: ConfigProblem[] = [];
  const name = `${events}.reconciled`;
  const report = (message: string) => problems.push({ variable: topicVariables.events, message });
  checkRoom(events, ['.reconciled'], report);
  const others = allTopics.flatMap((topic) => [topic.events, topic.deadLetter, topic.latest]);
  if (others.includes(name)) {
    report(
      `with ".reconciled" is ${name}, which holds other records: missing states need a topic of their own.`,
    );
  }
  ConfigError.throwIfAny(problems);
  return name;
}

/** Every topic that events of a registration may go to, each with those that belong to it. Its own come first. */
export function listTopics({ events, deadLetter, latest, rules }: RoutedTopics): TopicNames[] {
  // A rule may name the registration's own topic, before one for the rest of a family.
  const others = [...(rules?.topics ?? [])].filter((topic) => topic !== events);
  return [
    { events, deadLetter, latest },
    ...others.map((topic) => ({ events: topic, deadLetter, latest: `${topic}${latestSuffix}` })),
  ];
}

/** Reports what is no name of a topic. */
export function checkTopicName(name: string, report: Report): boolean {
  const { pattern, expected } = topicName;
  const isGood = pattern.test(name);
  if (!isGood) {
    report(`${quoteValue(name)} is not ${expected}.`);
  }
  return isGood;
}

/** Reports a name that is too long for one of the suffixes. */
function checkRoom(name: string, suffixes: readonly string[], report: Report): boolean {
  const suffix = suffixes.find((each) => name.length + each.length > topicName.maxLength);
  if (suffix !== undefined) {
    report(
      `${quoteValue(name)} with "${suffix}" is longer than a topic's name may be (${topicName.maxLength}).`,
    );
  }
  return suffix === undefined;
}

/** @param text empty: none */
export function toTopicRules(text: string | undefined, report: Report): TopicRules | undefined {
  const rules = text === undefined || text === '' ? undefined : parseTopicRules(text);
  if (typeof rules === 'string') {
    report(`${rules}.`);
    return undefined;
  }
  const names = [...(rules?.topics ?? [])];
  const isGood = (name: string) => checkTopicName(name, report) && checkRoom(name, [latestSuffix], report);
  return names.every(isGood) ? rules : undefined;
}

/** A sentence when two kinds of records would be in one topic. */
export function findTopicConflict(topics: readonly TopicNames[]): string | undefined {
  const shared = findSharedTopic(topics);
  if (shared !== undefined) {
    return shared;
  }
  const uses = new Map(
    topics.flatMap(({ events, deadLetter }) => [
      [events, 'events'],
      [deadLetter, 'dead letters'],
    ]),
  );
  const mixed = topics.find(({ latest }) => uses.has(latest));
  return (
    mixed &&
    `${mixed.latest}, the topic of latest states of ${mixed.events}, is one of ${uses.get(mixed.latest)} too`
  );
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
