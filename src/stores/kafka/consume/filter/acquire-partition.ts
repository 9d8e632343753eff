import type { TopicNames } from '../../../../config/topic-names.ts';
import type { LogReset } from '../../../../filter/decide-start.ts';
import type { FilterProblems } from '../../../../filter/filter-problems.ts';
import {
  type AcquireLease,
  FencedError,
  LogChangedError,
  OverdueError,
  type PartitionLease,
} from '../../../../filter/filter-store.ts';
import { systemClock } from '../../../../runtime/clock.ts';
import { createPartitionCalls } from '../../cluster/client/partition-calls.ts';
import type { PartitionConnections } from '../../cluster/client/partition-connections.ts';
import { createPartitionReader, type FetchedRecords } from '../../cluster/client/partition-reader.ts';
import { holdWhileUsed, type ReadMemory } from '../../cluster/client/read-memory.ts';
import { readFirst, readToEnd } from '../../cluster/client/read-range.ts';
import { KafkaAnswerError } from '../../cluster/errors/kafka-answer-error.ts';
import type { KafkaRoutes } from '../../cluster/kafka-routes.ts';
import type { Compressor } from '../../wire/compression.ts';
import { findStart, lookBytes, readCommittedOffset, readLatestMark } from './find-start.ts';
import { LogGuard } from './log-guard.ts';
import { OutputWriter } from './output-writer.ts';
import { openTransactionSession } from './transaction-session.ts';

export interface AcquirePartitionDeps {
  readonly routes: KafkaRoutes;
  readonly connections: PartitionConnections;
  readonly topics: TopicNames;
  readonly groupId: string;
  /** The same for every process that may own the partition, because it fences the others. */
  readonly toTransactionalId: (partition: number) => string;
  /** `max.message.bytes` of the latest-state topic. */
  readonly maxLatestBatchBytes: (partition: number, signal: AbortSignal) => Promise<number>;
  /** One budget for all partitions. */
  readonly memory: ReadMemory;
  /** For the records of the output. */
  readonly compressor: Compressor | undefined;
  /** After this time the brokers end a transaction. */
  readonly transactionTimeoutMs: number;
  /** Hears what keeps a request from being answered for long. */
  readonly problems: Pick<FilterProblems, 'observe'>;
}

/** Read at once of the events topic, decompressed; they are one transaction. */
const fetchBytes = 1024 * 1024;
const callTimeoutMs = 20_000;
/** Batch and record header, with room to spare. */
const overheadBytes = 128;

/** Takes a partition over: first every other process is fenced, then the group's position is read. */
export function createAcquirePartition(deps: AcquirePartitionDeps): AcquireLease {
  /** By partition: id of the events topic that this process read last. */
  const topicIds = new Map<number, string | undefined>();

  return async (partition, signal, onReset) => {
    const released = new AbortController();
    const release = () => released.abort();
    signal.addEventListener('abort', release);
    try {
      const hold = await openLease(deps, topicIds, partition, released.signal, onReset);
      return { ...hold, release };
    } catch (error) {
      release();
      return toLeaseError(error);
    } finally {
      signal.removeEventListener('abort', release);
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
  const { routes, topics, groupId, transactionTimeoutMs } = deps;
  const input = { topic: topics.events, partition };
  const latest = { topic: topics.latest, partition };
  const calls = createPartitionCalls({
    routes,
    connections: deps.connections.of(partition, signal),
    signal,
    timeoutMs: callTimeoutMs,
    readTimeoutMs: Number.POSITIVE_INFINITY,
    onProblem: (error) => deps.problems.observe(partition, error),
  });
  const inputMemory = deps.memory.open(signal);
  const latestMemory = deps.memory.open(signal);
  const reader = createPartitionReader({ calls, routes, memory: inputMemory });
  const latestReader = createPartitionReader({ calls, routes, memory: latestMemory });
  const maxBodyBytes = (await deps.maxLatestBatchBytes(partition, signal)) - overheadBytes;
  const session = await openTransactionSession({
    calls,
    groupId,
    transactionalId: deps.toTransactionalId(partition),
    transactionTimeoutMs,
    clock: systemClock,
    maxBatchBytes: Math.min(maxBodyBytes, 900_000),
    compressor: deps.compressor,
  });
  const committed = await readCommittedOffset(calls, groupId, input);
  const start = await findStart({
    routes,
    reader: createPartitionReader({ calls, routes, memory: undefined }),
    input,
    latest,
    committed,
    knownLatest: committed?.mark?.latest ?? (await readLatestMark(calls, groupId, latest)),
    lastTopicId: topicIds.get(partition),
  });
  const { startOffset, resets, topicId, epoch, latestMark } = start;
  resets.forEach(onReset);
  topicIds.set(partition, topicId);

  async function checkLatest(): Promise<void> {
    const now = (await routes.viewOf(latest)).topicId;
    if (now !== undefined && latestMark.topicId !== undefined && now !== latestMark.topicId) {
      throw new LogChangedError(`${latest.topic} was made again`);
    }
  }

  const guard = new LogGuard({
    routes,
    reader,
    log: input,
    start: { offset: startOffset, epoch, topicId },
    checkOthers: checkLatest,
  });
  const toEvents = (offset: number) => ({
    ...(topicId !== undefined && { topicId }),
    epoch: guard.epochBefore(offset),
  });
  const deadLetterPartitions = await routes.partitionCountOf(topics.deadLetter);
  const deadLetter = {
    topic: topics.deadLetter,
    partition: partition % Math.max(1, deadLetterPartitions),
  };
  const writer = new OutputWriter({ session, input, latest, deadLetter, latestMark });
  if (resets.some(({ reason }) => reason === 'latest_truncated')) {
    // A log that lost the marker of a transaction alone has its states as open, and nobody would end it.
    await session.addPartition(latest);
    await session.abort();
  }
  if (resets.length > 0) {
    const nothing = { latest: [], deadLetters: [], nextOffset: startOffset, toDeadLetter: neverRefused };
    await writer.commit(nothing, toEvents(startOffset));
  }

  async function look(fromOffset: number): Promise<FetchedRecords> {
    const read = await guard.read({ fromOffset, maxWaitMs: 0, maxBytes: lookBytes });
    inputMemory.done(read.nextOffset);
    return read;
  }

  /** Kafka answers the same to a transaction that it has ended as to a producer that was fenced. */
  function toCommitError(error: unknown): never {
    if (error instanceof KafkaAnswerError && error.kind === 'fenced' && session.isOverdue()) {
      throw new OverdueError(transactionTimeoutMs, { cause: error });
    }
    return toLeaseError(error);
  }

  return {
    startOffset,
    maxBodyBytes,
    async findNextTime() {
      return (await readFirst(look, input, startOffset))?.timestampMs;
    },
    readInput: (fromOffset, maxWaitMs) => guard.read({ fromOffset, maxWaitMs, maxBytes: fetchBytes }),
    readLatest: (fromTimestampMs) =>
      holdWhileUsed(latestMemory, readToEnd(latestReader, latest, fromTimestampMs)),
    async commit(output) {
      const rejected = await writer.commit(output, toEvents(output.nextOffset)).catch(toCommitError);
      inputMemory.done(output.nextOffset);
      return rejected;
    },
  };
}

function neverRefused(): never {
  throw new RangeError('Nothing was written that could be refused');
}

function toLeaseError(error: unknown): never {
  throw error instanceof KafkaAnswerError && error.kind === 'fenced'
    ? new FencedError({ cause: error })
    : error;
}
