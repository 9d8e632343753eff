import type { Clock } from '../../../../runtime/clock.ts';
import type { PartitionCalls, PartitionDestination } from '../../cluster/client/partition-calls.ts';
import { readBaseOffset, toProduceCall } from '../../cluster/client/produce-call.ts';
import { checkErrorCode, KafkaAnswerError } from '../../cluster/errors/kafka-answer-error.ts';
import type { Compressor } from '../../wire/compression.ts';
import type { TopicPartition } from '../../wire/topic-partition.ts';
import type { ProducerIdentity } from '../../wire/write-record-batch.ts';
/** A record whose key, value and headers are already encoded. */
export interface EncodedRecord {
  readonly timestampMs: number;
  readonly body: Buffer;
}

export interface ProducedPosition {
  /** Indexes of the records that the broker permanently rejected. All other records were appended. */
  readonly rejected: readonly number[];
  /**
   * The lowest offset of the appended records, and the offset after the last one. Absent if all records were
   * rejected. If the log is recreated or truncated between two batches, the later batch has lower offsets.
   */
  readonly appended?: { readonly start: number; readonly end: number };
}

export interface TransactionSessionDeps {
  readonly calls: PartitionCalls;
  readonly transactionalId: string;
  /** Maximum size of a batch in bytes. Larger batches are split. */
  readonly maxBatchBytes: number;
  readonly compressor: Compressor | undefined;
  readonly groupId: string;
  /** Time in milliseconds after which the brokers abort a transaction. */
  readonly transactionTimeoutMs: number;
  readonly clock: Pick<Clock, 'now'>;
}

const replicationTimeoutMs = 8_000;
const produceTimeoutMs = 10_000;

/** Offset of the group to commit in a partition. A commit contains at most one partition of each topic. */
export interface OffsetToCommit extends TopicPartition {
  readonly offset: number;
  readonly metadata: string;
}

/** Opens a session. Earlier sessions with the same transactional ID are fenced, and their open transaction is aborted. */
export async function openTransactionSession(deps: TransactionSessionDeps): Promise<TransactionSession> {
  const { calls, transactionalId, transactionTimeoutMs } = deps;
  const identity = await calls.ask(
    { coordinator: 'transaction', key: transactionalId },
    { api: 'InitProducerId', parameters: { transactionalId, transactionTimeout: transactionTimeoutMs } },
    (answer) => {
      const { errorCode, producerId, producerEpoch } = answer as WireProducer;
      const request = { api: 'InitProducerId', transactionalId } as const;
      checkErrorCode(errorCode, 'cannot initialize the transactional ID', request);
      return { producerId: BigInt(producerId), producerEpoch };
    },
  );
  return new TransactionSession(deps, identity);
}

/**
 * Runs the transactions of one transactional ID sequentially. The session must not be used after a method rejects. If
 * a response was lost, neither the written records nor the next sequence number are known.
 */
export class TransactionSession {
  readonly #deps: TransactionSessionDeps;
  readonly #who: ProducerIdentity & { readonly transactionalId: string };
  readonly #transactions: PartitionDestination;
  /** The sequence number of the next record, by partition. */
  readonly #sequences = new Map<string, number>();
  #startedAt: number | undefined;

  constructor(deps: TransactionSessionDeps, identity: ProducerIdentity) {
    const { transactionalId } = deps;
    this.#deps = deps;
    this.#who = { transactionalId, ...identity };
    this.#transactions = { coordinator: 'transaction', key: transactionalId };
  }

  /** Returns whether the open transaction has exceeded the transaction timeout of the brokers. */
  isOverdue(): boolean {
    const { clock, transactionTimeoutMs } = this.#deps;
    return this.#startedAt !== undefined && clock.now() - this.#startedAt >= transactionTimeoutMs;
  }

  /** Adds a partition to the transaction. Must be called before producing to the partition. */
  addPartition({ topic, partition }: TopicPartition): Promise<void> {
    this.#startedAt ??= this.#deps.clock.now();
    const { calls, transactionalId } = this.#deps;
    const parameters = { ...this.#who, topics: [{ topic, partitions: [partition] }] };
    return calls.ask(this.#transactions, { api: 'AddPartitionsToTxn', parameters }, (answer) => {
      const [errors] = (answer as WireAddPartitionsAnswer).errors;
      const partitionError = errors?.partitionErrors.find((one) => one.partition === partition);
      const request = { api: 'AddPartitionsToTxn', topic, transactionalId } as const;
      checkErrorCode(
        partitionError?.errorCode ?? -1,
        `cannot add ${topic}-${partition} to the transaction`,
        request,
      );
    });
  }

  async produce(target: TopicPartition, records: readonly EncodedRecord[]): Promise<ProducedPosition> {
    const produceResult = { rejected: [] as number[] };
    for (const { start, end } of splitByRequestSize(records, this.#deps.maxBatchBytes)) {
      await this.#sendOrSplit(target, records.slice(start, end), start, produceResult);
    }
    return produceResult;
  }

  /**
   * Sends a batch. If the broker rejects the batch, nothing is appended, and the halves are sent until the bad
   * records are isolated.
   */
  async #sendOrSplit(
    target: TopicPartition,
    records: readonly EncodedRecord[],
    first: number,
    produced: { rejected: number[]; appended?: { start: number; end: number } },
  ): Promise<void> {
    try {
      const start = await this.#send(target, records);
      produced.appended = {
        start: Math.min(produced.appended?.start ?? start, start),
        end: start + records.length,
      };
    } catch (error) {
      if (!(error instanceof KafkaAnswerError) || error.kind !== 'reject') {
        throw error;
      }
      if (records.length === 1) {
        produced.rejected.push(first);
        return;
      }
      const middleIndex = Math.ceil(records.length / 2);
      await this.#sendOrSplit(target, records.slice(0, middleIndex), first, produced);
      await this.#sendOrSplit(target, records.slice(middleIndex), first + middleIndex, produced);
    }
  }

  /** Sends a batch. @returns the offset of its first record */
  async #send(target: TopicPartition, records: readonly EncodedRecord[]): Promise<number> {
    const { calls, transactionalId, compressor } = this.#deps;
    const name = `${target.topic}-${target.partition}`;
    const firstSequence = this.#sequences.get(name) ?? 0;
    const { producerId, producerEpoch } = this.#who;
    const producer = { producerId, producerEpoch, firstSequence };
    // `now` has no effect, because each record has its own timestamp.
    const options = { transactionalId, producer, replicationTimeoutMs, now: 0, compressor };
    const baseOffset = await calls.ask(
      target,
      { ...toProduceCall([{ ...target, records }], options), timeoutMs: produceTimeoutMs },
      (answer) => readBaseOffset(answer, target, { transactionalId }),
    );
    this.#sequences.set(name, (firstSequence + records.length) % 2 ** 31);
    return baseOffset;
  }

  /** Commits offsets with the transaction. For each partition, the last call within a transaction applies. */
  async commitOffsets(offsets: readonly OffsetToCommit[]): Promise<void> {
    const { calls, groupId, transactionalId, clock } = this.#deps;
    this.#startedAt ??= clock.now();
    const groupFields = { group: groupId, transactionalId };
    const parameters = { ...this.#who, groupId };
    await calls.ask(this.#transactions, { api: 'AddOffsetsToTxn', parameters }, (answer) => {
      const { errorCode } = answer as WireErrorAnswer;
      const request = { api: 'AddOffsetsToTxn', ...groupFields } as const;
      checkErrorCode(errorCode, 'cannot add the offset to the transaction', request);
    });
    const topics = offsets.map(({ topic, partition, offset, metadata }) => ({
      topic,
      partitions: [{ partition, offset: String(offset), metadata }],
    }));
    await calls.ask(
      { coordinator: 'group', key: groupId },
      { api: 'TxnOffsetCommit', parameters: { ...parameters, topics } },
      (answer) => {
        for (const { topic, partition } of offsets) {
          const topicAnswer = (answer as WireOffsetCommit).topics.find((one) => one.topic === topic);
          const commitAnswer = topicAnswer?.partitions.find((one) => one.partition === partition);
          const request = { api: 'TxnOffsetCommit', topic, ...groupFields } as const;
          checkErrorCode(
            commitAnswer?.errorCode ?? -1,
            `cannot commit the offset of ${topic}-${partition}`,
            request,
          );
        }
      },
    );
  }

  /** Commits the open transaction, which makes its records and offsets visible. */
  commit(): Promise<void> {
    return this.#end(true, 'commit');
  }

  /** Aborts the open transaction, which discards its records and offsets. */
  abort(): Promise<void> {
    return this.#end(false, 'abort');
  }

  async #end(transactionResult: boolean, what: 'commit' | 'abort'): Promise<void> {
    const { calls, transactionalId } = this.#deps;
    const parameters = { ...this.#who, transactionResult };
    await calls.ask(this.#transactions, { api: 'EndTxn', parameters }, (answer) => {
      const { errorCode } = answer as WireErrorAnswer;
      checkErrorCode(errorCode, `cannot ${what} the transaction`, { api: 'EndTxn', transactionalId });
    });
    this.#startedAt = undefined;
  }
}

function splitByRequestSize(
  records: readonly EncodedRecord[],
  maxBytes: number,
): { start: number; end: number }[] {
  const perRecordBytes = 24;
  const parts: { start: number; end: number }[] = [];
  let start = 0;
  let bytes = 0;
  for (const [index, { body }] of records.entries()) {
    if (index > start && bytes + body.length + perRecordBytes > maxBytes) {
      parts.push({ start, end: index });
      start = index;
      bytes = 0;
    }
    bytes += body.length + perRecordBytes;
  }
  if (records.length > start) {
    parts.push({ start, end: records.length });
  }
  return parts;
}

interface WireErrorAnswer {
  readonly errorCode: number;
}

interface WireProducer extends WireErrorAnswer {
  readonly producerId: string;
  readonly producerEpoch: number;
}

interface WirePartitionError extends WireErrorAnswer {
  readonly partition: number;
}

interface WireAddPartitionsAnswer {
  readonly errors: readonly { readonly partitionErrors: readonly WirePartitionError[] }[];
}

interface WireOffsetCommit {
  readonly topics: readonly { readonly topic: string; readonly partitions: readonly WirePartitionError[] }[];
}
