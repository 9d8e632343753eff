import {
  type EpochEndRequest,
  type EpochEnds,
  epochEndVersion,
  toEpochEndCodec,
} from '../../wire/epoch-end-codec.ts';
import type { ReadBatches, ReadPart, RecordSetReader } from '../../wire/read-record-batches.ts';
import type { TopicPartition } from '../../wire/topic-partition.ts';
import { checkErrorCode, KafkaAnswerError, noErrorCode } from '../errors/kafka-answer-error.ts';
import type { KafkaRoutes } from '../kafka-routes.ts';
import type { KafkaCall } from '../kafkajs/kafka-connection.ts';
import { type FetchOptions, fetchPartition, type OpenFetch } from './fetch.ts';
import { isolationLevels, offsetTimes, readOffsets, toListOffsets } from './list-offsets.ts';
import type { PartitionCalls } from './partition-calls.ts';
import type { ReaderMemory } from './read-memory.ts';

export interface FetchedRecords extends ReadBatches {
  /** The first offset that cannot be read yet. */
  readonly endOffset: number;
  /** A size limit ended the reading: more records wait. */
  readonly isFull: boolean;
  /** What the broker sent, whole batches or not. */
  readonly byteCount: number;
}

export interface PartitionReader {
  /** @throws {KafkaAnswerError} `OFFSET_OUT_OF_RANGE` when the log does not have that offset */
  fetch(from: TopicPartition, options: FetchOptions): Promise<FetchedRecords>;
  /** The first offset whose record has at least that timestamp; also for `offsetTimes`. */
  offsetAt(of: TopicPartition, timestamp: number): Promise<number>;
  /** Behind the last record that every in-sync replica has, committed or not. */
  endOf(of: TopicPartition): Promise<number>;
  /**
   * Where the records of a leader's epoch end in the log as it is now; −1 when the log has no such epoch, `undefined` when
   * the broker cannot say.
   */
  epochEnd(of: TopicPartition, epoch: number): Promise<number | undefined>;
}

interface PartitionReaderDeps {
  readonly calls: PartitionCalls;
  readonly routes: Pick<KafkaRoutes, 'viewOf'>;
  /** `undefined` when what is read at once is little. */
  readonly memory: ReaderMemory | undefined;
}

export function createPartitionReader({ calls, routes, memory }: PartitionReaderDeps): PartitionReader {
  /** By the object that names the partition: whoever reads a topic that was made again has another one. */
  const rests = new WeakMap<TopicPartition, OpenFetch>();

  async function fetchWithin(from: TopicPartition, options: FetchOptions): Promise<OpenFetch> {
    // Nothing is fetched before there is room for some of it.
    await memory?.inTurn(() => undefined);
    return fetchPartition(calls, from, options);
  }

  /** The broker is not asked for what it has sent already. */
  function takeRest(from: TopicPartition, fromOffset: number): OpenFetch | undefined {
    const found = rests.get(from);
    rests.delete(from);
    return found?.sets.nextOffset === fromOffset ? found : undefined;
  }

  function readPart(sets: RecordSetReader, maxBytes: number): ReadPart | Promise<ReadPart> {
    const readNow = () => {
      const part = sets.read(maxBytes);
      memory?.hold(part.nextOffset, part.heldBytes);
      return part;
    };
    return memory === undefined || sets.isDone ? readNow() : memory.inTurn(readNow);
  }

  function listOffset(of: TopicPartition, timestamp: number, isolationLevel: number): Promise<number> {
    const { topic, partition } = of;
    const call = toListOffsets({ topic, partitions: [partition], timestamp, isolationLevel });
    return calls.read(of, call, (answer) => {
      const offset = readOffsets(answer, topic).get(partition);
      if (offset === undefined) {
        throw new KafkaAnswerError('fail', noErrorCode, `no offset of ${topic}-${partition} in the answer`);
      }
      return offset;
    });
  }

  return {
    async fetch(from, options) {
      const { fromOffset, maxBytes } = options;
      const found = takeRest(from, fromOffset);
      // What was fetched may be no part of the log any more.
      await (found && options.leaderEpoch?.());
      const open = found ?? (await fetchWithin(from, options));
      const { sets, endOffset, byteCount } = open;
      const { heldBytes: _, ...read } = await readPart(sets, maxBytes);
      if (byteCount > 0 && read.nextOffset === fromOffset) {
        throw new KafkaAnswerError(
          'fail',
          noErrorCode,
          `${from.topic}-${from.partition} gave a part of a batch only`,
        );
      }
      if (!sets.isDone) {
        rests.set(from, open);
      }
      return { ...read, endOffset, isFull: !sets.isDone || byteCount > maxBytes / 2, byteCount };
    },
    offsetAt: (of, timestamp) => listOffset(of, timestamp, isolationLevels.readCommitted),
    endOf: (of) => listOffset(of, offsetTimes.end, isolationLevels.readUncommitted),
    async epochEnd(of, epoch) {
      if (epoch < 0 || !(await calls.supports(of, 'OffsetForLeaderEpoch', epochEndVersion))) {
        return undefined;
      }
      return calls.read(
        of,
        async () => toEpochEnd({ ...of, currentEpoch: (await routes.viewOf(of)).leaderEpoch ?? -1, epoch }),
        (answer) => readEpochEnd(answer, of, epoch),
      );
    },
  };
}

export function toEpochEnd(question: EpochEndRequest): KafkaCall {
  return { api: 'OffsetForLeaderEpoch', parameters: question, codec: toEpochEndCodec(question) };
}

/** @returns the offset; −1 when the log has no such epoch */
function readEpochEnd(answer: unknown, { topic, partition }: TopicPartition, epoch: number): number {
  const ofTopic = (answer as EpochEnds).responses.find((each) => each.topic === topic);
  const found = ofTopic?.partitions.find((each) => each.partition === partition);
  const what = `finding the end of epoch ${epoch} of ${topic}-${partition}`;
  checkErrorCode(found?.errorCode ?? -1, what, { api: 'OffsetForLeaderEpoch', topic });
  return found?.endOffset ?? -1;
}
