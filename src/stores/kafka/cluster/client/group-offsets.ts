import { checkErrorCode } from '../errors/kafka-answer-error.ts';
import { errorCodes } from '../errors/kafka-errors.ts';
import type { GroupMember } from './group-requests.ts';
import { parseInt64 } from './list-offsets.ts';
import type { PartitionCalls } from './partition-calls.ts';

/** Empty member id and generation, with which Kafka lets a client commit offsets for a group that has no members. */
export const anonymousGroupMember: GroupMember = { memberId: '', generationId: -1 };

const commitTimeoutMs = 10_000;

/** Committed offset of a group in one partition, with its metadata. */
export interface GroupOffset {
  readonly offset: number;
  readonly metadata: string;
}

/** Fetches the committed offsets of the group. The result omits partitions without a committed offset. */
export function fetchGroupOffsets(
  calls: PartitionCalls,
  groupId: string,
  topic: string,
  partitions: readonly number[],
): Promise<ReadonlyMap<number, GroupOffset>> {
  const requestContext = { api: 'OffsetFetch', group: groupId, topic } as const;
  const topics = [{ topic, partitions: partitions.map((partition) => ({ partition })) }];
  return calls.read(
    { coordinator: 'group', key: groupId },
    { api: 'OffsetFetch', parameters: { groupId, topics } },
    (answer) => {
      const { errorCode, responses } = answer as WireOffsets;
      // For a new group, Apache Kafka returns no offsets. Some other brokers return GROUP_ID_NOT_FOUND instead.
      if (errorCode === errorCodes.GROUP_ID_NOT_FOUND) {
        return new Map();
      }
      checkErrorCode(errorCode, `cannot read the offsets of the group ${groupId}`, requestContext);
      const offsets = new Map<number, GroupOffset>();
      for (const partition of partitions) {
        const partitionAnswer = responses[0]?.partitions.find((one) => one.partition === partition);
        const operation = `cannot read the offset of the group ${groupId} for ${topic}-${partition}`;
        checkErrorCode(partitionAnswer?.errorCode ?? -1, operation, requestContext);
        const offset = parseInt64(String(partitionAnswer?.offset), operation);
        if (offset >= 0) {
          offsets.set(partition, { offset, metadata: partitionAnswer?.metadata ?? '' });
        }
      }
      return offsets;
    },
  );
}

/**
 * Commits offsets of a group.
 *
 * @param member a member of the current generation, or `anonymousGroupMember` for a group without members
 * @throws {KafkaAnswerError} if the member no longer belongs to the current generation
 */
export function commitGroupOffsets(
  calls: PartitionCalls,
  groupId: string,
  { memberId, generationId }: GroupMember,
  topic: string,
  offsets: ReadonlyMap<number, GroupOffset>,
): Promise<void> {
  const partitions = [...offsets].map(([partition, { offset, metadata }]) => ({
    partition,
    offset: String(offset),
    metadata,
  }));
  // Committing an offset is idempotent, so the request can be repeated.
  return calls.read(
    { coordinator: 'group', key: groupId },
    {
      api: 'OffsetCommit',
      parameters: { groupId, groupGenerationId: generationId, memberId, topics: [{ topic, partitions }] },
      timeoutMs: commitTimeoutMs,
    },
    (answer) => {
      const partitionAnswers = (answer as WireCommitted).responses[0]?.partitions ?? [];
      for (const { partition } of partitions) {
        const commitAnswer = partitionAnswers.find((one) => one.partition === partition);
        checkErrorCode(
          commitAnswer?.errorCode ?? -1,
          `cannot commit the offset of the group ${groupId} for ${topic}-${partition}`,
          {
            api: 'OffsetCommit',
            group: groupId,
            topic,
          },
        );
      }
    },
  );
}

interface WireCommitted {
  readonly responses: readonly {
    readonly partitions: readonly { readonly partition: number; readonly errorCode: number }[];
  }[];
}

interface WireOffsets {
  readonly errorCode: number;
  readonly responses: readonly {
    readonly partitions: readonly {
      readonly partition: number;
      readonly errorCode: number;
      readonly offset: string;
      readonly metadata: string | null;
    }[];
  }[];
}
