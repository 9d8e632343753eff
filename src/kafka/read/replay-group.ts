import type { Kafka } from 'kafkajs';
import { KafkaAnswerError } from '../errors/kafka-answer-error.ts';
import { errorCodes } from '../errors/kafka-errors.ts';
import { retryRetriable } from '../kafkajs/retry-retriable.ts';
import { parseInt64 } from '../wire/parse-int64.ts';
import { withAdmin } from './with-admin.ts';

export interface ReplayGroup {
  readonly kafka: Kafka;
  readonly topic: string;
  readonly groupId: string;
}

/** Where the group stands in a partition, and what it keeps beside that. */
export interface CommittedState {
  readonly offset: number;
  readonly metadata: string;
}

/**
 * Each run remembers in the group what is done: two of them would overwrite each other's.
 *
 * @throws when another run is under way
 */
export function requireIdleGroup({ kafka, groupId }: ReplayGroup): Promise<void> {
  const question = { what: 'finding other runs of replay', api: 'FindCoordinator', group: groupId } as const;
  return withAdmin(kafka, question, async (admin) => {
    const { groups } = await retryRetriable(() => admin.describeGroups([groupId]));
    if (groups.some(({ members }) => members.length > 0)) {
      throw new Error(
        `another replay runs in the consumer group ${groupId}, or was killed less than 30 s ago; wait for it, or give --group`,
      );
    }
  });
}

/** By partition; without those in which the group has no offset. */
export function readCommitted({ kafka, topic, groupId }: ReplayGroup): Promise<Map<number, CommittedState>> {
  const question = {
    what: 'reading what was put back before',
    api: 'OffsetFetch',
    topic,
    group: groupId,
  } as const;
  const reading = withAdmin(kafka, question, async (admin) => {
    // Right after a start the group's coordinator may still be loading; this call of kafkajs does not wait for it.
    const [answer] = await retryRetriable(() => admin.fetchOffsets({ groupId, topics: [topic] }));
    return new Map(
      (answer?.partitions ?? [])
        .filter(({ offset }) => Number(offset) >= 0)
        .map(({ partition, offset, metadata }) => [
          partition,
          { offset: parseInt64(offset, question.what), metadata: metadata ?? '' },
        ]),
    );
  });
  // Apache Kafka answers that there are no offsets; others say that there is no such group yet.
  return reading.catch((error: unknown) => {
    if (error instanceof KafkaAnswerError && error.errorCode === errorCodes.GROUP_ID_NOT_FOUND) {
      return new Map<number, CommittedState>();
    }
    throw error;
  });
}

/** Sets the group back to these offsets, with nothing beside them. */
export function resetOffsets(
  { kafka, topic, groupId }: ReplayGroup,
  offsets: readonly { readonly partition: number; readonly offset: number }[],
): Promise<void> {
  const question = {
    what: 'forgetting what was put back',
    api: 'OffsetCommit',
    topic,
    group: groupId,
  } as const;
  const partitions = offsets.map(({ partition, offset }) => ({ partition, offset: String(offset) }));
  return withAdmin(kafka, question, async (admin) => {
    await admin.setOffsets({ groupId, topic, partitions });
  });
}
