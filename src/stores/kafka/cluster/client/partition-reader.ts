import {
  createEpochEndOffsetCodec,
  type EpochEndOffsetRequest,
  type EpochEndOffsetResponse,
  epochEndOffsetVersion,
} from '../../wire/epoch-end-offset-codec.ts';
import type { DecodedBatches, PartialRecordSet, RecordSetReader } from '../../wire/read-record-batches.ts';
import type { TopicPartition } from '../../wire/topic-partition.ts';
import { checkErrorCode, KafkaAnswerError, unknownErrorCode } from '../errors/kafka-answer-error.ts';
import type { KafkaRoutes } from '../kafka-routes.ts';
import type { KafkaCall } from '../kafkajs/kafka-connection.ts';
import { type FetchOptions, fetchPartition, type OpenFetch } from './fetch.ts';
import { createListOffsetsCall, isolationLevels, offsetTimes, readOffsets } from './list-offsets.ts';
import type { PartitionCalls } from './partition-calls.ts';
import type { ReaderMemoryAllowance } from './read-memory.ts';

export interface FetchedRecords extends DecodedBatches {
  /** The first offset that is not yet readable. */
  readonly endOffset: number;
  /** Whether the read ended at a size limit, so that more records are available. */
  readonly isFull: boolean;
  /** Size in bytes of the record set that the broker sent, including an incomplete last batch. */
  readonly byteCount: number;
}

export interface PartitionReader {
  /**
   * Fetches records from an offset.
   *
   * @throws {KafkaAnswerError} `OFFSET_OUT_OF_RANGE` if the log does not contain the offset
   */
  fetch(from: TopicPartition, options: FetchOptions): Promise<FetchedRecords>;
  /**
   * Finds the first offset whose record has at least this timestamp. The timestamp may also be one of the special
   * values in `offsetTimes`.
   */
  offsetAt(of: TopicPartition, timestamp: number): Promise<number>;
  /**
   * Returns the offset after the last record that all in-sync replicas have, regardless of whether the record is
   * committed.
   */
  endOf(of: TopicPartition): Promise<number>;
  /**
   * Returns the end offset of a leader epoch in the current log. Returns −1 if the log does not contain the epoch, or
   * `undefined` if the broker does not support the request.
   */
  epochEnd(of: TopicPartition, epoch: number): Promise<number | undefined>;
}

interface PartitionReaderDeps {
  readonly calls: PartitionCalls;
  readonly routes: Pick<KafkaRoutes, 'viewOf'>;
  /** Memory of this reader, or `undefined` if the reader uses too little memory to need a limit. */
  readonly memory: ReaderMemoryAllowance | undefined;
}

export function createPartitionReader({ calls, routes, memory }: PartitionReaderDeps): PartitionReader {
  /**
   * Partly read responses, by the `TopicPartition` object of the reader. The reader of a recreated topic uses a
   * different object.
   */
  const unreadResponses = new WeakMap<TopicPartition, OpenFetch>();

  async function fetchWithinMemory(from: TopicPartition, options: FetchOptions): Promise<OpenFetch> {
    // Waits until enough memory is available for at least one part of the response.
    await memory?.inTurn(() => undefined);
    return fetchPartition(calls, from, options);
  }

  /** Returns the rest of an earlier response, so that those records are not fetched again. */
  function takeRemainingRecords(from: TopicPartition, fromOffset: number): OpenFetch | undefined {
    const unreadFetch = unreadResponses.get(from);
    unreadResponses.delete(from);
    return unreadFetch?.sets.nextOffset === fromOffset ? unreadFetch : undefined;
  }

  function readPartialRecords(
    sets: RecordSetReader,
    maxBytes: number,
  ): PartialRecordSet | Promise<PartialRecordSet> {
    const readNow = () => {
      const partialRecordSet = sets.read(maxBytes);
      memory?.reserve(partialRecordSet.nextOffset, partialRecordSet.memoryBytes);
      return partialRecordSet;
    };
    return memory === undefined || sets.isDone ? readNow() : memory.inTurn(readNow);
  }

  function listOffset(of: TopicPartition, timestamp: number, isolationLevel: number): Promise<number> {
    const { topic, partition } = of;
    const call = createListOffsetsCall({ topic, partitions: [partition], timestamp, isolationLevel });
    return calls.read(of, call, (answer) => {
      const offset = readOffsets(answer, topic).get(partition);
      if (offset === undefined) {
        throw new KafkaAnswerError(
          'fail',
          unknownErrorCode,
          `the response contains no offset of ${topic}-${partition}`,
        );
      }
      return offset;
    });
  }

  return {
    async fetch(from, options) {
      const { fromOffset, maxBytes } = options;
      const remainingRecords = takeRemainingRecords(from, fromOffset);
      // Checks the leader epoch, because the log may have been truncated since these records were fetched.
      await (remainingRecords && options.leaderEpoch?.());
      const openFetch = remainingRecords ?? (await fetchWithinMemory(from, options));
      const { sets, endOffset, byteCount } = openFetch;
      const { memoryBytes: _, ...read } = await readPartialRecords(sets, maxBytes);
      if (byteCount > 0 && read.nextOffset === fromOffset) {
        throw new KafkaAnswerError(
          'fail',
          unknownErrorCode,
          `the broker returned only part of a record batch of ${from.topic}-${from.partition}`,
        );
      }
      if (!sets.isDone) {
        unreadResponses.set(from, openFetch);
      }
      return { ...read, endOffset, isFull: !sets.isDone || byteCount > maxBytes / 2, byteCount };
    },
    offsetAt: (of, timestamp) => listOffset(of, timestamp, isolationLevels.readCommitted),
    endOf: (of) => listOffset(of, offsetTimes.end, isolationLevels.readUncommitted),
    async epochEnd(of, epoch) {
      if (epoch < 0 || !(await calls.supports(of, 'OffsetForLeaderEpoch', epochEndOffsetVersion))) {
        return undefined;
      }
      return calls.read(
        of,
        async () =>
          readEpochEndOffset({ ...of, currentEpoch: (await routes.viewOf(of)).leaderEpoch ?? -1, epoch }),
        (answer) => readEpochEnd(answer, of, epoch),
      );
    },
  };
}

export function readEpochEndOffset(question: EpochEndOffsetRequest): KafkaCall {
  return { api: 'OffsetForLeaderEpoch', parameters: question, codec: createEpochEndOffsetCodec(question) };
}

/**
 * Reads the end offset of a leader epoch from a response.
 *
 * @returns the end offset, or −1 if the log does not contain the epoch
 */
function readEpochEnd(answer: unknown, { topic, partition }: TopicPartition, epoch: number): number {
  const topicResponse = (answer as EpochEndOffsetResponse).responses.find((each) => each.topic === topic);
  const partitionAnswer = topicResponse?.partitions.find((each) => each.partition === partition);
  const operation = `cannot find the end of leader epoch ${epoch} of ${topic}-${partition}`;
  checkErrorCode(partitionAnswer?.errorCode ?? -1, operation, { api: 'OffsetForLeaderEpoch', topic });
  return partitionAnswer?.endOffset ?? -1;
}
