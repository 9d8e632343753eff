import type { TopicSettings } from './topic-settings.ts';

const dayMs = 86_400_000;
/** A longer time is none: Kafka's longest is 2^63 − 1. */
export const neverMs = 10_000 * dayMs;
/** Kafka's longest time. */
const longest = '9223372036854775807';

/**
 * For how long an event may stay in its topic: Kafka deletes whole segments. A tombstone of the latest states that goes
 * earlier lets a filter that reads all events again forward a state that was erased.
 */
export function findEventLifeMs({
  retentionMs,
  segmentMs,
}: Pick<TopicSettings, 'retentionMs' | 'segmentMs'>): number {
  return retentionMs < 0 ? Number.POSITIVE_INFINITY : retentionMs + segmentMs;
}

/** For how long the latest-state topic keeps a tombstone; infinite when it is practically for ever. */
export function findTombstoneLifeMs({
  cleanupPolicy,
  retentionMs,
  deleteRetentionMs,
}: Pick<TopicSettings, 'cleanupPolicy' | 'retentionMs' | 'deleteRetentionMs'>): number {
  const isDeleted = cleanupPolicy.includes('delete') && retentionMs >= 0;
  const lifeMs = Math.min(deleteRetentionMs, isDeleted ? retentionMs : Number.POSITIVE_INFINITY);
  return lifeMs >= neverMs ? Number.POSITIVE_INFINITY : lifeMs;
}

/** As the value of a setting. */
export function toSettingMs(ms: number): string {
  return ms >= neverMs ? longest : String(ms);
}
