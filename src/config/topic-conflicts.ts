import type { ConfigProblem } from '../runtime/config-error.ts';
import { type StoreConfig, settingsOf } from './stores.ts';
import type { TopicNames } from './topic-names.ts';

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
