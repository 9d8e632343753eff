import type { TopicNames } from '../../../../config/topic-names.ts';
import type { RecordRole } from '../../../../ports/record-reader.ts';

/**
 * Purpose of a topic.
 *
 * - `events`: contains all events, keyed by entity
 * - `dead_letter`: contains deliveries and events that could not be processed, without keys
 * - `latest`: contains the latest state of each entity, and is compacted
 */
export type TopicRole = 'events' | 'dead_letter' | 'latest';

export function toRecordRole(role: TopicRole): RecordRole {
  return role === 'dead_letter' ? 'dead-letter' : role;
}

export interface ExpectedTopic {
  readonly topic: string;
  readonly role: TopicRole;
  /** Size in bytes of the largest value that the topic may need to store. */
  readonly largestValueBytes: number;
  /** Time in milliseconds for which the filter remembers an entity. Absent if unknown. */
  readonly windowMs?: number | undefined;
}

/** Lists each topic of these registrations once. If a topic has several roles, the last and most demanding role applies. */
export function createExpectedTopics(
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
