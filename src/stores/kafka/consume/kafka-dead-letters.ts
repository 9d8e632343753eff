import { isDeepStrictEqual } from 'node:util';
import type { DeadLetterStore } from '../../../ports/dead-letter.ts';
import { type ReadOptions, type RecordSelection, splitPosition } from '../../../ports/record-reader.ts';
import { formatCount } from '../../../runtime/format.ts';
import { filterPositions } from '../../open-dead-letters.ts';
import {
  anonymousGroupMember,
  commitGroupOffsets,
  fetchGroupOffsets,
  type GroupOffset,
} from '../cluster/client/group-offsets.ts';
import {
  type KafkaClient,
  type KafkaClientDeps,
  openKafkaClient,
  withKafkaClient,
} from '../cluster/client/kafka-client.ts';
import { type CompletedRanges, createCompletedRanges } from './completed-ranges.ts';
import { readKafkaRecords } from './read-kafka-records.ts';
import { explainFailure, type PartitionEnds, readTopicEnds } from './read-topic.ts';

export interface KafkaDeadLettersOptions
  extends Omit<KafkaClientDeps, 'timeoutMs'>,
    Pick<ReadOptions, 'signal' | 'observer'> {
  readonly topic: string;
  readonly groupId: string;
  readonly selection: RecordSelection;
  /** If true, no offset is committed to the consumer group. */
  readonly dryRun: boolean;
}

const deadLetterRole = 'dead-letter';

/** Maximum length of the metadata, which must be below the default `offset.metadata.max.bytes` of the brokers (4096). */
const maxMetadataCharacters = 4_000;

interface PartitionState {
  readonly partition: number;
  readonly from: number;
  /** End of the range, exclusive. */
  readonly to: number;
  readonly done: CompletedRanges;
}

/**
 * Opens the dead letters of a topic. The offsets of a consumer group without members record which dead letters have
 * been replayed. If two runs overlap, the run that finds offsets committed by the other run stops.
 */
export async function openKafkaDeadLetters(options: KafkaDeadLettersOptions): Promise<DeadLetterStore> {
  const { connection, topic, groupId, dryRun, selection, signal, observer, logger } = options;

  async function explainError(error: unknown): Promise<never> {
    throw await explainFailure(error, { connection, logger, topics: [topic], role: deadLetterRole, groupId });
  }

  const { ends, committed } = await withKafkaClient({ connection, logger }, [topic], async (opened) => {
    const partitionEnds = await readTopicEnds(opened, topic);
    return { ends: partitionEnds, committed: await readCommittedOffsets(opened, options, partitionEnds) };
  }).catch(explainError);
  const states = new Map(toPartitionStates(ends, committed).map((state) => [state.partition, state]));
  const committedOffsets = new Map(committed);
  // If all dead letters have already been replayed, there is nothing to commit.
  const isMarkedReplayed = dryRun || [...states.values()].every(({ from, to }) => from >= to);
  let client: ReturnType<typeof openKafkaClient> | undefined;

  /**
   * Commits offsets, unless another run has changed them. If two runs commit at the same moment, one commit
   * overwrites the other. Some dead letters are then replayed twice, but none is skipped.
   */
  async function commit(offsets: ReadonlyMap<number, GroupOffset>): Promise<void> {
    client ??= openKafkaClient({ connection, logger }, [topic]);
    try {
      const partitions = [...offsets.keys()];
      const now = await fetchGroupOffsets(client.calls, groupId, topic, partitions);
      if (
        partitions.some(
          (partition) => !isDeepStrictEqual(now.get(partition), committedOffsets.get(partition)),
        )
      ) {
        throw new Error(
          `Another run has replayed dead letters of ${topic} in the meantime. Run the command again`,
        );
      }
      await commitGroupOffsets(client.calls, groupId, anonymousGroupMember, topic, offsets);
    } catch (error) {
      await explainError(error);
    }
    for (const [partition, offset] of offsets) {
      committedOffsets.set(partition, offset);
    }
  }

  function isNotReplayed(place: string): boolean {
    const [part, offset] = splitTrailingNumber(place);
    const [, partition] = splitTrailingNumber(part);
    return states.get(partition)?.done.has(offset) !== true;
  }

  return {
    name: topic,
    async *records() {
      if (!isMarkedReplayed) {
        // Commits before the first replay so that a failing commit is detected early. Otherwise, dead letters would
        // be replayed again.
        await commit(
          new Map([...states].map(([partition, { done }]) => [partition, toGroupOffset(done).noted])),
        );
      }
      const ranges = new Map([...states].map(([partition, range]) => [`${topic}/${partition}`, range]));
      for (const [part, { from, to }] of ranges) {
        observer.onStart(`${part} from offset ${from} to ${to}`, Math.max(0, to - from));
      }
      const unreplayedRecords = readKafkaRecords({ connection, logger }, selection, {
        follow: false,
        signal,
        observer,
        ranges,
      });
      for await (const records of unreplayedRecords) {
        yield records.filter(({ place }) => isNotReplayed(place));
      }
    },
    async markReplayed(places) {
      const changedOffsets = new Map<number, GroupOffset>();
      for (const [part, ofPart] of Map.groupBy(places, (place) => splitTrailingNumber(place)[0])) {
        const [, partition] = splitTrailingNumber(part);
        const { done } = states.get(partition) as PartitionState;
        for (const position of ofPart) {
          done.add(splitTrailingNumber(position)[1]);
        }
        const { noted, skippedCount } = toGroupOffset(done);
        changedOffsets.set(partition, noted);
        if (skippedCount > 0 && !isMarkedReplayed) {
          observer.onWarning(
            `A later run may replay ${formatCount(skippedCount, 'dead letter')} of ${part} again.`,
          );
        }
      }
      if (!isMarkedReplayed) {
        await commit(changedOffsets);
      }
    },
    async listReplayed(places) {
      const isOfTopic = (part: string) => splitTrailingNumber(part)[0] === topic;
      return filterPositions(places, isOfTopic).filter((place) => !isNotReplayed(place));
    },
    close: async () => client?.close(),
  };
}

function toGroupOffset(done: CompletedRanges): {
  readonly noted: GroupOffset;
  readonly skippedCount: number;
} {
  const { text, skippedCount } = done.encode(maxMetadataCharacters);
  return { noted: { offset: done.base, metadata: text }, skippedCount };
}

function toPartitionStates(
  ends: readonly PartitionEnds[],
  committed: ReadonlyMap<number, GroupOffset>,
): PartitionState[] {
  return ends.map(({ partition, low, high }) => {
    const { offset, metadata } = committed.get(partition) ?? { offset: 0, metadata: '' };
    const completedRanges = createCompletedRanges(offset, metadata);
    completedRanges.raise(low);
    return { partition, from: completedRanges.base, to: high, done: completedRanges };
  });
}

/**
 * Reads the committed offsets. An offset beyond the end belongs to an earlier topic or log, so reading of that
 * partition starts over.
 */
async function readCommittedOffsets(
  { calls }: KafkaClient,
  { topic, groupId, dryRun, observer }: KafkaDeadLettersOptions,
  ends: readonly PartitionEnds[],
): Promise<ReadonlyMap<number, GroupOffset>> {
  const partitions = ends.map(({ partition }) => partition);
  const groupOffsets = await fetchGroupOffsets(calls, groupId, topic, partitions);
  const resetPartitions = ends.filter(
    ({ partition, high }) => (groupOffsets.get(partition)?.offset ?? 0) > high,
  );
  const resetOffsets = new Map(
    resetPartitions.map(({ partition, low }) => [partition, { offset: low, metadata: '' }]),
  );
  for (const { partition, high } of resetPartitions) {
    observer.onWarning(
      `${topic}/${partition} ends at offset ${high}, before the last replayed dead letter: the topic was recreated or truncated. Reading from the start.`,
    );
  }
  if (resetPartitions.length > 0 && !dryRun) {
    await commitGroupOffsets(calls, groupId, anonymousGroupMember, topic, resetOffsets);
  }
  return new Map([...groupOffsets, ...resetOffsets]);
}

/** Splits `topic/partition` or `topic/partition/offset` at the slash before the last number. */
function splitTrailingNumber(place: string): readonly [string, number] {
  const [before, number] = splitPosition(place);
  return [before, Number(number)];
}
