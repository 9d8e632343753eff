import type { LogReset } from '../../../../filter/decide-start.ts';
import type { FilterRules } from '../../../../filter/filter.ts';
import type { FilterProblems } from '../../../../filter/filter-problems.ts';
import {
  FencedError,
  type LeaseAcquirer,
  LogChangedError,
  type PartitionLease,
  TransactionTimeoutError,
} from '../../../../filter/filter-store.ts';
import { systemClock } from '../../../../runtime/clock.ts';
import { createPartitionCalls } from '../../cluster/client/partition-calls.ts';
import type { PartitionConnections } from '../../cluster/client/partition-connections.ts';
import { createPartitionReader, type FetchedRecords } from '../../cluster/client/partition-reader.ts';
import { type ReadMemoryLimiter, releaseAfterUse } from '../../cluster/client/read-memory.ts';
import { readFirstRecord, readToCurrentEnd } from '../../cluster/client/read-range.ts';
import { KafkaAnswerError } from '../../cluster/errors/kafka-answer-error.ts';
import type { KafkaRoutes } from '../../cluster/kafka-routes.ts';
import type { Compressor } from '../../wire/compression.ts';
import { findStart, maxPeekBytes, readCommittedOffset, readLatestCheckpoint } from './find-start.ts';
import { LogContinuityGuard } from './log-continuity-guard.ts';
import { OutputWriter } from './output-writer.ts';
import { openTransactionSession } from './transaction-session.ts';

export interface AcquirePartitionDeps {
  readonly routes: KafkaRoutes;
  readonly connections: PartitionConnections;
  readonly rules: Pick<FilterRules, 'topics' | 'groupId'>;
  /** `max.message.bytes` of the latest-state topic. */
  readonly maxLatestBatchBytes: (partition: number, signal: AbortSignal) => Promise<number>;
  /** Limits the memory for records that are read, for all partitions together. */
  readonly memory: ReadMemoryLimiter;
  readonly compressor: Compressor | undefined;
  /** Time in milliseconds after which the brokers abort a transaction. */
  readonly transactionTimeoutMs: number;
  /** Receives the errors of requests that have been retried for a long time. */
  readonly problems: Pick<FilterProblems, 'observe'>;
}

/**
 * Maximum size of decompressed records that one read returns from the events topic. The records of one read form one
 * transaction.
 */
const fetchBytes = 1024 * 1024;
const callTimeoutMs = 20_000;
/** Allowance in bytes for the batch and record headers. */
const batchOverheadReserve = 128;

/**
 * Creates a function that takes over a partition. The function first fences all other processes, and then reads the
 * offset of the group.
 */
export function createAcquirePartition(deps: AcquirePartitionDeps): LeaseAcquirer {
  /** Topic ID of the events topic at the last read by this process, by partition. */
  const topicIds = new Map<number, string | undefined>();

  return async (partition, signal, onReset) => {
    const releaseController = new AbortController();
    const releaseLease = () => releaseController.abort();
    signal.addEventListener('abort', releaseLease);
    try {
      const lease = await openLease(deps, topicIds, partition, releaseController.signal, onReset);
      return { ...lease, release: releaseLease };
    } catch (error) {
      releaseLease();
      return toLeaseError(error);
    } finally {
      signal.removeEventListener('abort', releaseLease);
    }
  };
}

async function openLease(
  deps: AcquirePartitionDeps,
  topicIds: Map<number, string | undefined>,
  partition: number,
  signal: AbortSignal,
  onReset: (reset: LogReset) => void,
): Promise<Omit<PartitionLease, 'release'>> {
  const { routes, rules, transactionTimeoutMs } = deps;
  const { topics, groupId } = rules;
  const inputPartition = { topic: topics.events, partition };
  const latestStatePartition = { topic: topics.latest, partition };
  const calls = createPartitionCalls({
    routes,
    connections: deps.connections.of(partition, signal),
    signal,
    timeoutMs: callTimeoutMs,
    readTimeoutMs: Number.POSITIVE_INFINITY,
    onProblem: (error) => deps.problems.observe(partition, error),
  });
  const eventsMemory = deps.memory.open(signal);
  const latestMemory = deps.memory.open(signal);
  const reader = createPartitionReader({ calls, routes, memory: eventsMemory });
  const latestReader = createPartitionReader({ calls, routes, memory: latestMemory });
  const maxRecordSetBytes = (await deps.maxLatestBatchBytes(partition, signal)) - batchOverheadReserve;
  const session = await openTransactionSession({
    calls,
    groupId,
    // All processes that may own the partition use the same ID, because the ID fences the other processes.
    transactionalId: `${groupId}-${topics.events}-${partition}`,
    transactionTimeoutMs,
    clock: systemClock,
    maxBatchBytes: Math.min(maxRecordSetBytes, 900_000),
    compressor: deps.compressor,
  });
  const committedOffset = await readCommittedOffset(calls, groupId, inputPartition);
  const start = await findStart({
    routes,
    reader: createPartitionReader({ calls, routes, memory: undefined }),
    input: inputPartition,
    latest: latestStatePartition,
    committed: committedOffset,
    knownLatest:
      committedOffset?.mark?.latest ?? (await readLatestCheckpoint(calls, groupId, latestStatePartition)),
    lastTopicId: topicIds.get(partition),
  });
  const { startOffset, resets, topicId, epoch, latestMark } = start;
  resets.forEach(onReset);
  topicIds.set(partition, topicId);

  async function checkLatest(): Promise<void> {
    const now = (await routes.viewOf(latestStatePartition)).topicId;
    if (now !== undefined && latestMark.topicId !== undefined && now !== latestMark.topicId) {
      throw new LogChangedError(`${latestStatePartition.topic} was recreated`);
    }
  }

  const logContinuityGuard = new LogContinuityGuard({
    routes,
    reader,
    log: inputPartition,
    start: { offset: startOffset, epoch, topicId },
    checkOthers: checkLatest,
  });
  const createEventsCheckpoint = (offset: number) => ({
    ...(topicId !== undefined && { topicId }),
    epoch: logContinuityGuard.epochBefore(offset),
  });
  const deadLetterPartitions = await routes.partitionCountOf(topics.deadLetter);
  const deadLetter = {
    topic: topics.deadLetter,
    partition: partition % Math.max(1, deadLetterPartitions),
  };
  const writer = new OutputWriter({
    session,
    input: inputPartition,
    latest: latestStatePartition,
    deadLetter,
    latestMark,
  });
  if (resets.some(({ reason }) => reason === 'latest_truncated')) {
    // If the log lost only the end marker of a transaction, that transaction is open again. The abort ends the open
    // transaction.
    await session.addPartition(latestStatePartition);
    await session.abort();
  }
  if (resets.length > 0) {
    const emptyOutput = {
      latest: [],
      deadLetters: [],
      nextOffset: startOffset,
      toDeadLetter: failOnRejection,
    };
    await writer.commit(emptyOutput, createEventsCheckpoint(startOffset));
  }

  async function peekRecords(fromOffset: number): Promise<FetchedRecords> {
    const fetchedRecords = await logContinuityGuard.read({
      fromOffset,
      maxWaitMs: 0,
      maxBytes: maxPeekBytes,
    });
    eventsMemory.release(fetchedRecords.nextOffset);
    return fetchedRecords;
  }

  /** Distinguishes an expired transaction from a fenced producer, because Kafka returns the same error for both. */
  function toCommitError(error: unknown): never {
    if (error instanceof KafkaAnswerError && error.kind === 'fenced' && session.isOverdue()) {
      throw new TransactionTimeoutError(transactionTimeoutMs, { cause: error });
    }
    return toLeaseError(error);
  }

  return {
    startOffset,
    maxBodyBytes: maxRecordSetBytes,
    async findNextTime() {
      return (await readFirstRecord(peekRecords, inputPartition, startOffset))?.timestampMs;
    },
    readInput: (fromOffset, maxWaitMs) =>
      logContinuityGuard.read({ fromOffset, maxWaitMs, maxBytes: fetchBytes }),
    readLatest: (fromTimestampMs) =>
      releaseAfterUse(latestMemory, readToCurrentEnd(latestReader, latestStatePartition, fromTimestampMs)),
    async commit(output) {
      const rejectedIndexes = await writer
        .commit(output, createEventsCheckpoint(output.nextOffset))
        .catch(toCommitError);
      eventsMemory.release(output.nextOffset);
      return rejectedIndexes;
    },
  };
}

function failOnRejection(): never {
  throw new RangeError('A record was rejected, although this transaction wrote no records');
}

function toLeaseError(error: unknown): never {
  throw error instanceof KafkaAnswerError && error.kind === 'fenced'
    ? new FencedError({ cause: error })
    : error;
}
