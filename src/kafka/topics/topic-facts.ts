import type { TopicSettings } from './topic-settings.ts';

/**
 * What a topic is for.
 *
 * - `events`: every event, keyed by entity
 * - `dead_letter`: what could not be read, without keys
 * - `latest`: the latest state of each entity, compacted
 */
export type TopicRole = 'events' | 'dead_letter' | 'latest';

/** A topic that the configuration names. */
export interface ExpectedTopic {
  readonly topic: string;
  readonly role: TopicRole;
  /** The largest value that may have to be stored in it. */
  readonly largestValueBytes: number;
}

/** What the brokers say of a topic. Settings are the effective ones, `undefined` when they may not be read. */
export interface TopicFacts {
  readonly exists: boolean;
  readonly partitionCount: number;
  /** Of the partition that has the fewest, as far as its replicas are known; 0 when none are. */
  readonly replicationFactor: number;
  /** Number of in-sync replicas of each partition. */
  readonly inSyncCounts: readonly number[];
  readonly settings: TopicSettings | undefined;
}
