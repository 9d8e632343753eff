import type { TopicNames } from '../../../../config/topic-names.ts';
import type { RecordRole } from '../../../../ports/record-reader.ts';

/**
 * Purpose of a topic.
 *
 * - `events`: all events, keyed by entity
 * - `dead_letter`: deliveries and events that could not be processed, without keys
 * - `latest`: the latest state of each entity, compacted
 */
export type TopicRole = 'events' | 'dead_letter' | 'latest';

export function toRecordRole(role: TopicRole): RecordRole {
  return role === 'dead_letter' ? 'dead-letter' : role;
}

/** A topic that the configuration names. */
export interface ExpectedTopic {
  readonly topic: string;
  readonly role: TopicRole;
  /** Size of the largest value that the topic may have to store. */
  readonly largestValueBytes: number;
  /** How long the filter remembers an entity. Absent if it is unknown. */
  readonly windowMs?: number | undefined;
}

/**
 * Lists the topics of these registrations, each once. If a topic has several roles, the last and most demanding one
 * counts.
 */
export function expectTopics(
  names: readonly (Omit<TopicNames, 'latest'> & Partial<TopicNames>)[],
  maxBodyBytes: number,
  windowMs?: number,
): ExpectedTopic[] {
  const roles = new Map<string, TopicRole>([
    ...names.map(({ events }) => [events, 'events'] as const),
    ...names.map(({ deadLetter }) => [deadLetter, 'dead_letter'] as const),
    ...names.flatMap(({ latest }) => (latest === undefined ? [] : [[latest, 'latest'] as const])),
  ]);
  return [...roles].map(([topic, role]) => ({ topic, role, largestValueBytes: maxBodyBytes, windowMs }));
}
