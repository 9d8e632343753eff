import { ConfigError, type ConfigProblem, type Env } from '../runtime/config-error.ts';
import { parseTopicRules, type TopicRules } from '../webhook/topic-rules.ts';
import { quoteValue } from './credential.ts';
import { topicName, topicRulesVariable } from './store-settings.ts';
import { chooseStore, getStoreSettings, type StoreConfig } from './stores.ts';
import { readVariables } from './variables.ts';

/** Names of the topics, which are queues or exchanges in RabbitMQ and streams in Redis. */
export interface TopicNames {
  readonly events: string;
  readonly deadLetter: string;
  /** The compacted topic that the revision filter writes. */
  readonly latest: string;
}

/** The topics of a registration, including those of its topic rules. */
export interface TopicNamesWithRules extends TopicNames {
  /** Rules that route some events to other topics. Absent if all events go to the topic `events`. */
  readonly rules?: TopicRules;
}

type ProblemReporter = (message: string) => void;

const latestTopicSuffix = '.latest';
const deadLetterTopicSuffix = '.dead-letter';

export function readTopicNames(env: Env, problems: ConfigProblem[]): TopicNamesWithRules {
  const { topicVariables: own, readTopics } = getStoreSettings(chooseStore(env));
  const configuredTopics = readTopics(env, problems);
  const { rules: text } = readVariables({ rules: topicRulesVariable }, env, problems);
  const report = (variable: string, message: string) => problems.push({ variable, message });
  const rules = toTopicRules(text, (message) => report(topicRulesVariable.name, message));
  const topics = deriveTopicNames({ ...configuredTopics, rules }, (message) => report(own.events, message));
  const conflictText = findTopicConflict(listTopics(topics));
  if (conflictText !== undefined) {
    // Derived names never conflict with each other. Therefore, if the dead-letter name is derived, the topic rules
    // cause the conflict.
    const isConflictFromRules =
      configuredTopics.deadLetter === undefined || findTopicConflict([topics]) === undefined;
    report((isConflictFromRules ? undefined : own.deadLetter) ?? topicRulesVariable.name, `${conflictText}.`);
  }
  return topics;
}

interface ConfiguredTopicNames {
  readonly events: string;
  readonly deadLetter?: string | undefined;
  readonly rules?: TopicRules | undefined;
}

/** Adds the names that are derived from the name of the events topic. */
export function deriveTopicNames(
  { events, deadLetter, rules }: ConfiguredTopicNames,
  report: ProblemReporter,
): TopicNamesWithRules {
  const derivedSuffixes =
    deadLetter === undefined ? [latestTopicSuffix, deadLetterTopicSuffix] : [latestTopicSuffix];
  checkSuffixLength(events, derivedSuffixes, report);
  return {
    events,
    deadLetter: deadLetter ?? `${events}${deadLetterTopicSuffix}`,
    latest: `${events}${latestTopicSuffix}`,
    ...(rules && { rules }),
  };
}

/**
 * Returns the topic for states that `reconcile` fetched from the provider. All registrations share it.
 *
 * @throws {ConfigError} if the name is too long, or if another topic already has it
 */
export function loadReconciledTopic(
  env: Env,
  {
    topics: { events },
    allTopics,
  }: { readonly topics: TopicNames; readonly allTopics: readonly TopicNames[] },
): string {
  const { topicVariables } = getStoreSettings(chooseStore(env));
  const problems: ConfigProblem[] = [];
  const name = `${events}.reconciled`;
  const report = (message: string) => problems.push({ variable: topicVariables.events, message });
  checkSuffixLength(events, ['.reconciled'], report);
  const existingNames = allTopics.flatMap((topic) => [topic.events, topic.deadLetter, topic.latest]);
  if (existingNames.includes(name)) {
    report(
      `with the suffix ".reconciled" is ${name}, which is already the name of another topic. Missing states need a separate topic: choose another name.`,
    );
  }
  ConfigError.throwIfAny(problems);
  return name;
}

/**
 * Lists every topic that events of a registration may be written to, each with its dead-letter topic and its
 * latest-state topic. The registration's own topic comes first.
 */
export function listTopics({ events, deadLetter, latest, rules }: TopicNamesWithRules): TopicNames[] {
  // A rule may name the registration's own topic, as an exception before a rule for the rest of an event family.
  const otherTopics = [...(rules?.topics ?? [])].filter((topic) => topic !== events);
  return [
    { events, deadLetter, latest },
    ...otherTopics.map((topic) => ({ events: topic, deadLetter, latest: `${topic}${latestTopicSuffix}` })),
  ];
}

/** Reports an invalid topic name. Returns whether the name is valid. */
export function checkTopicName(name: string, report: ProblemReporter): boolean {
  const { pattern, expected } = topicName;
  const isValidName = pattern.test(name);
  if (!isValidName) {
    report(`${quoteValue(name)} is not ${expected}.`);
  }
  return isValidName;
}

/** Reports a name that is too long to append one of the suffixes. Returns whether the name is short enough. */
function checkSuffixLength(name: string, suffixes: readonly string[], report: ProblemReporter): boolean {
  const suffix = suffixes.find((each) => name.length + each.length > topicName.maxLength);
  if (suffix !== undefined) {
    report(
      `${quoteValue(name)} with the suffix "${suffix}" exceeds the maximum length of a topic name (${topicName.maxLength} characters).`,
    );
  }
  return suffix === undefined;
}

/** Parses topic rules. Returns `undefined` if the text is empty or invalid. */
export function toTopicRules(text: string | undefined, report: ProblemReporter): TopicRules | undefined {
  const rules = text === undefined || text === '' ? undefined : parseTopicRules(text);
  if (typeof rules === 'string') {
    report(`${rules}.`);
    return undefined;
  }
  const names = [...(rules?.topics ?? [])];
  const isValidTopic = (name: string) =>
    checkTopicName(name, report) && checkSuffixLength(name, [latestTopicSuffix], report);
  return names.every(isValidTopic) ? rules : undefined;
}

/** Finds a topic that would contain two kinds of records. Returns a sentence without its full stop. */
export function findTopicConflict(topics: readonly TopicNames[]): string | undefined {
  const sharedTopic = findSharedTopic(topics);
  if (sharedTopic !== undefined) {
    return sharedTopic;
  }
  const topicUsage = new Map(
    topics.flatMap(({ events, deadLetter }) => [
      [events, 'events'],
      [deadLetter, 'dead letters'],
    ]),
  );
  const conflictingTopic = topics.find(({ latest }) => topicUsage.has(latest));
  return (
    conflictingTopic &&
    `${conflictingTopic.latest}, the latest-state topic for ${conflictingTopic.events}, is also used for ${topicUsage.get(conflictingTopic.latest)}`
  );
}

/** Finds a topic that would contain both events and dead letters. Returns a sentence without its full stop. */
export function findSharedTopic(topics: readonly Omit<TopicNames, 'latest'>[]): string | undefined {
  const events = new Set(topics.map((each) => each.events));
  const sharedName = topics.find(({ deadLetter }) => events.has(deadLetter));
  return (
    sharedName &&
    `${sharedName.deadLetter} would contain both events and dead letters: use a separate topic for each`
  );
}

/** Adds a problem if the dead-letter name equals the numbered name of one of several queues or streams that share events. */
export function checkDeadLetterNameConflict(
  store: StoreConfig,
  topics: readonly TopicNames[],
  problems: ConfigProblem[],
): void {
  const { count, variable } = getStoreSettings(store.kind).countShares?.(store) ?? { count: 1, variable: '' };
  const numberedTopicNames = new Set(
    topics.flatMap(({ events }) => Array.from({ length: count }, (_, index) => `${events}.${index}`)),
  );
  const sharedName = topics.find(({ deadLetter }) => count > 1 && numberedTopicNames.has(deadLetter));
  if (sharedName !== undefined) {
    problems.push({
      variable,
      message: `is ${count}, so ${sharedName.deadLetter} would contain both events and dead letters: choose another name for the dead letters.`,
    });
  }
}
