import type { TopicNames } from '../../config/topic-names.ts';
import type { TopicRole } from './topic-facts.ts';

/** A topic as it should be. */
export interface TopicPlan {
  readonly topic: string;
  readonly role: TopicRole;
  readonly partitionCount: number;
  readonly replicationFactor: number;
  readonly settings: Readonly<Record<string, string>>;
}

export interface TopicPlanOptions {
  /** Several when registrations have topics of their own. */
  readonly names: readonly TopicNames[];
  readonly partitionCount: number;
  readonly brokerCount: number;
  readonly maxBodyBytes: number;
  /** Default: three, or as many as there are brokers. */
  readonly replicationFactor?: number | undefined;
  /** Default: one less than replicas. */
  readonly minInSyncReplicas?: number | undefined;
}

const dayMs = 86_400_000;
const mebibyte = 1_048_576;

/**
 * Three replicas of which two must have a record before it is acknowledged: one broker may be down, and another may
 * then lose its disk. Fewer brokers allow less; the durability check says so.
 */
export function planTopics({
  names,
  partitionCount,
  brokerCount,
  maxBodyBytes,
  replicationFactor = Math.min(3, brokerCount),
  minInSyncReplicas = Math.max(1, replicationFactor - 1),
}: TopicPlanOptions): TopicPlan[] {
  const minInSync = { 'min.insync.replicas': String(minInSyncReplicas) };
  const plans = new Map<string, TopicPlan>();
  for (const { events, deadLetter, latest } of names) {
    plans.set(events, {
      topic: events,
      role: 'events',
      partitionCount,
      replicationFactor,
      settings: { ...minInSync, 'cleanup.policy': 'delete', 'retention.ms': String(7 * dayMs) },
    });
    plans.set(deadLetter, {
      topic: deadLetter,
      role: 'dead_letter',
      partitionCount: Math.min(partitionCount, 3),
      replicationFactor,
      settings: {
        ...minInSync,
        'cleanup.policy': 'delete',
        'retention.ms': String(30 * dayMs),
        'max.message.bytes': String(Math.max(12 * mebibyte, maxBodyBytes + mebibyte)),
      },
    });
    plans.set(latest, {
      topic: latest,
      role: 'latest',
      partitionCount,
      replicationFactor,
      settings: { ...minInSync, 'cleanup.policy': 'compact' },
    });
  }
  return [...plans.values()];
}
