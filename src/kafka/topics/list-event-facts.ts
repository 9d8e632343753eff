import type { TopicNames } from '../../config/topic-names.ts';
import type { TopicFacts } from './topic-facts.ts';

/** The events topics beside which a revision filter writes this latest-state topic or dead-letter topic. */
export function listEventFacts(
  topic: string,
  filters: readonly TopicNames[],
  described: ReadonlyMap<string, TopicFacts>,
): TopicFacts[] {
  const owners = filters.filter(({ latest, deadLetter }) => latest === topic || deadLetter === topic);
  return [...new Set(owners.map(({ events }) => events))].flatMap((events) => described.get(events) ?? []);
}
