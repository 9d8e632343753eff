import type { TopicNames } from '../config/kafka-config.ts';
import type { OutputRecord } from '../revisions/log-record.ts';
import {
  type AcquireHold,
  FencedError,
  type PartitionOutput,
  type ReadRecords,
} from '../revisions/partition-hold.ts';
import type { Logger } from '../runtime/logger.ts';
import type { BrokerAddress } from './broker-address.ts';
import { createConnectionSet } from './connection-set.ts';
import { appendHeader, encodeRecordBody } from './encode-record-body.ts';
import { checkErrorCode, KafkaAnswerError } from './kafka-answer-error.ts';
import type { KafkaConnection } from './kafka-connection.ts';
import type { KafkaRoutes } from './kafka-routes.ts';
import { createPartitionCalls, type PartitionCalls } from './partition-calls.ts';
import {
  createPartitionReader,
  offsetOutOfRange,
  offsetTimes,
  type PartitionReader,
  type TopicPartition,
} from './partition-reader.ts';
import { openTransactionSession, type TransactionSession } from './transaction-session.ts';
import type { EncodedRecord } from './write-record-batch.ts';

export interface AcquirePartitionDeps {
  readonly routes: KafkaRoutes;
  readonly openConnection: (address: BrokerAddress) => KafkaConnection;
  readonly topics: TopicNames;
  readonly groupId: string;
  /** The same for every process that may own the partition: it is what fences the others. */
  readonly toTransactionalId: (partition: number) => string;
  /** `max.message.bytes` of the latest-state topic. */
  readonly maxLatestBatchBytes: (signal: AbortSignal) => Promise<number>;
  /** How much of the events topic is read at once. */
  readonly fetchBytes: number;
  readonly logger: Logger;
}

const transactionTimeoutMs = 30_000;
const callTimeoutMs = 20_000;
const restoreFetchBytes = 256 * 1024;
const restoreWaitMs = 500;
/** Batch and record header, with room to spare. */
const overheadBytes = 128;

/** Takes a partition over: everybody else is fenced first, then it is read where the group stands. */
export function createAcquirePartition(deps: AcquirePartitionDeps): AcquireHold {
  const { routes, openConnection, topics, groupId, toTransactionalId, fetchBytes, logger } = deps;

  return async (partition, signal) => {
    const released = new AbortController();
    const writing = createConnectionSet(openConnection);
    const reading = createConnectionSet(openConnection);
    const common = { routes, signal: released.signal, timeoutMs: callTimeoutMs, logger };
    const calls = createPartitionCalls({ ...common, connections: writing });
    const reader = createPartitionReader(createPartitionCalls({ ...common, connections: reading }));
    const input = { topic: topics.events, partition };
    const latest = { topic: topics.latest, partition };

    function release(): void {
      released.abort();
      writing.close();
      reading.close();
    }

    signal.addEventListener('abort', release);
    try {
      const maxLatestBatchBytes = await deps.maxLatestBatchBytes(released.signal);
      const session = await openTransactionSession({
        calls,
        groupId,
        transactionalId: toTransactionalId(partition),
        transactionTimeoutMs,
        maxBatchBytes: Math.min(maxLatestBatchBytes - overheadBytes, 900_000),
      });
      const committed = await readCommittedOffset(calls, groupId, input);
      const startOffset = committed ?? (await reader.offsetAt(input, offsetTimes.earliest));
      const deadLetterPartitions = await routes.partitionCountOf(topics.deadLetter);
      const deadLetter = {
        topic: topics.deadLetter,
        partition: partition % Math.max(1, deadLetterPartitions),
      };
      return {
        startOffset,
        maxBodyBytes: maxLatestBatchBytes - overheadBytes,
        readInput: (fromOffset, maxWaitMs) =>
          readInput(reader, input, { fromOffset, maxWaitMs, maxBytes: fetchBytes }, logger),
        readLatest: (fromTimestampMs) => readToEnd(reader, latest, fromTimestampMs),
        commit: (output) => commitOutput(session, { input, latest, deadLetter }, output).catch(toHoldError),
        release,
      };
    } catch (error) {
      release();
      return toHoldError(error);
    } finally {
      signal.removeEventListener('abort', release);
    }
  };
}

async function readCommittedOffset(
  calls: PartitionCalls,
  groupId: string,
  { topic, partition }: TopicPartition,
): Promise<number | undefined> {
  const offset = await calls.read(
    { coordinator: 'group', key: groupId },
    { api: 'OffsetFetch', parameters: { groupId, topics: [{ topic, partitions: [{ partition }] }] } },
    (answer) => {
      const { errorCode, responses } = answer as WireCommitted;
      const asked = { api: 'OffsetFetch', group: groupId, topic } as const;
      checkErrorCode(errorCode, `reading the offsets of ${groupId}`, asked);
      const found = responses[0]?.partitions[0];
      checkErrorCode(
        found?.errorCode ?? -1,
        `reading the offset of ${groupId} for ${topic}-${partition}`,
        asked,
      );
      return Number(found?.offset);
    },
  );
  return offset < 0 ? undefined : offset;
}

/** Records that left the events topic before they were read are lost: that is said, and what is left is read. */
async function readInput(
  reader: PartitionReader,
  input: TopicPartition,
  options: { readonly fromOffset: number; readonly maxWaitMs: number; readonly maxBytes: number },
  logger: Logger,
): Promise<ReadRecords> {
  try {
    return await reader.fetch(input, options);
  } catch (error) {
    if (!(error instanceof KafkaAnswerError) || error.errorCode !== offsetOutOfRange) {
      throw error;
    }
    const { fromOffset } = options;
    const earliest = await reader.offsetAt(input, offsetTimes.earliest);
    logger.error(
      { ...input, fromOffset, earliest },
      'the events topic no longer has the offset to go on from: what lay between is lost to the filter',
    );
    return { records: [], nextOffset: earliest, endOffset: earliest, isFull: true };
  }
}

async function* readToEnd(
  reader: PartitionReader,
  from: TopicPartition,
  fromTimestampMs: number,
): AsyncGenerator<ReadRecords> {
  const endOffset = await reader.offsetAt(from, offsetTimes.end);
  const first = await reader.offsetAt(from, fromTimestampMs);
  let at = first < 0 ? endOffset : first;
  while (at < endOffset) {
    const read = await reader.fetch(from, {
      fromOffset: at,
      maxWaitMs: restoreWaitMs,
      maxBytes: restoreFetchBytes,
    });
    yield { ...read, endOffset };
    // Nothing between here and the end: compaction has left no record there.
    const isEnd = read.nextOffset === at && read.endOffset >= endOffset;
    at = isEnd ? endOffset : read.nextOffset;
  }
}

interface Targets {
  readonly input: TopicPartition;
  readonly latest: TopicPartition;
  readonly deadLetter: TopicPartition;
}

async function commitOutput(
  session: TransactionSession,
  { input, latest, deadLetter }: Targets,
  output: PartitionOutput,
): Promise<number> {
  async function write(): Promise<number> {
    const deadLetters = [...output.deadLetters];
    let refusedCount = 0;
    if (output.latest.length > 0) {
      await session.addPartition(latest);
      const refused = await session.produce(latest, output.latest.map(toEncoded));
      refusedCount = refused.length;
      deadLetters.push(...refused.map(output.toDeadLetter));
    }
    if (deadLetters.length > 0) {
      await session.addPartition(deadLetter);
      const refused = await session.produce(deadLetter, deadLetters.map(toEncoded));
      if (refused.length > 0) {
        throw new KafkaAnswerError(
          'fail',
          -1,
          `${deadLetter.topic} does not take ${refused.length} dead letter(s)`,
        );
      }
    }
    return refusedCount;
  }

  const [refusedCount] = await Promise.all([write(), session.commitOffset(input, output.nextOffset)]);
  await session.commit();
  return refusedCount;
}

function toEncoded(record: OutputRecord): EncodedRecord {
  if (!('body' in record)) {
    return { timestampMs: record.timestampMs, body: encodeRecordBody(record) };
  }
  const { timestampMs, body, extraHeader } = record;
  return extraHeader === undefined ? record : { timestampMs, body: appendHeader(body, ...extraHeader) };
}

function toHoldError(error: unknown): never {
  throw error instanceof KafkaAnswerError && error.kind === 'fenced'
    ? new FencedError({ cause: error })
    : error;
}

interface WireCommitted {
  readonly errorCode: number;
  readonly responses: readonly {
    readonly partitions: readonly { readonly errorCode: number; readonly offset: string }[];
  }[];
}
