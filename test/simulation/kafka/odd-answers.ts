import type { Random } from '../world/random.ts';
import type { ClusterSnapshot, PartitionSnapshot } from './cluster-snapshot.ts';
import { toErrorCode } from './transactions/error-code.ts';
import type { ProduceAnswer } from './transactions/produce-api.ts';

/**
 * Errors that a broker may return: temporary errors, errors after the records were stored, and errors that no broker
 * should ever return.
 */
export const temporaryCodes = [
  ...`NOT_LEADER_OR_FOLLOWER LEADER_NOT_AVAILABLE REQUEST_TIMED_OUT NOT_ENOUGH_REPLICAS
    NOT_ENOUGH_REPLICAS_AFTER_APPEND KAFKA_STORAGE_ERROR UNKNOWN_TOPIC_OR_PARTITION FENCED_LEADER_EPOCH
    UNSUPPORTED_VERSION INVALID_TIMESTAMP`
    .split(/\s+/)
    .map(toErrorCode),
  -1,
  200,
];

interface AnswerChange {
  readonly name: string;
  readonly change: (answer: ProduceAnswer, random: Random) => ProduceAnswer | undefined;
}

/** Wrong results that a broker may report for a produce request. */
export const answerChanges: readonly AnswerChange[] = [
  {
    name: 'an error after storing',
    change: ({ parts }, random) => ({
      parts: parts.map((part) => ({ ...part, errorCode: random.pick(temporaryCodes) })),
    }),
  },
  {
    name: 'a partition skipped',
    change: ({ parts }, random) => {
      const left = random.int(parts.length);
      return { parts: parts.filter((_, index) => index !== left) };
    },
  },
  {
    name: 'no error and no offset',
    change: ({ parts }) => ({
      parts: parts.map((part) => ({ ...part, errorCode: 0, baseOffset: -1 })),
    }),
  },
  {
    name: 'a partition that was not asked',
    change: ({ parts }) => ({
      parts: parts.map((part) => ({ ...part, partition: part.partition + 1_000 })),
    }),
  },
  { name: 'nothing', change: () => undefined },
];

interface ViewChange {
  readonly name: string;
  readonly change: (view: ClusterSnapshot, random: Random) => ClusterSnapshot;
}

function editPartitions(
  view: ClusterSnapshot,
  edit: (partitions: readonly PartitionSnapshot[]) => readonly PartitionSnapshot[],
): ClusterSnapshot {
  const topics = [...view.topics].map(
    ([name, topic]) => [name, { ...topic, partitions: edit(topic.partitions) }] as const,
  );
  return { ...view, topics: new Map(topics) };
}

/** Wrong cluster metadata that a broker may report. */
export const viewChanges: readonly ViewChange[] = [
  { name: 'no brokers', change: (view) => ({ ...view, brokers: [] }) },
  { name: 'no topics', change: (view) => ({ ...view, topics: new Map() }) },
  {
    name: 'no leaders',
    change: (view) => editPartitions(view, (all) => all.map((each) => ({ ...each, leader: -1 }))),
  },
  {
    name: 'other leaders',
    change: (view, random) =>
      editPartitions(view, (all) => all.map((each) => ({ ...each, leader: random.pick(each.replicas) }))),
  },
  { name: 'fewer partitions', change: (view) => editPartitions(view, (all) => all.slice(0, -1)) },
  {
    name: 'a broker at a wrong port',
    change: (view) => ({ ...view, brokers: view.brokers.map((each) => ({ ...each, port: each.port + 1 })) }),
  },
];
