import type { TopicNames } from '../../../../config/topic-names.ts';
import type { RecordRole } from '../../../../ports/record-reader.ts';

/**
 * What a topic is for.
 *
 * - `events`: every event, keyed by entity
 * - `dead_letter`: what could not be read, without keys
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
  /** The largest value that may have to be stored in it. */
  readonly largestValueBytes: number;
  /** How long the filter remembers an entity; absent where it is not known. */
  readonly windowMs?: number | undefined;
}

/** The topics of these registrations, each once. A topic with several roles has the one that demands most: the last. */
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
