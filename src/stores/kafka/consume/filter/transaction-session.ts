import type { Clock } from '../../../../runtime/clock.ts';
import type { Destination, PartitionCalls } from '../../cluster/client/partition-calls.ts';
import { readBaseOffset, toProduceCall } from '../../cluster/client/produce-call.ts';
import { checkErrorCode, KafkaAnswerError } from '../../cluster/errors/kafka-answer-error.ts';
import type { Compressor } from '../../wire/compression.ts';
import type { TopicPartition } from '../../wire/topic-partition.ts';
import type { ProducerIdentity } from '../../wire/write-record-batch.ts';
/** A record with key, value and headers already encoded. */
export interface EncodedRecord {
  readonly timestampMs: number;
  readonly body: Buffer;
}

export interface Produced {
  /** Indexes of the records that the broker will never take; the others are appended. */
  readonly refused: readonly number[];
  /**
   * The lowest offset of them, and behind the last one; absent when all were refused. A log that was made again, or cut back,
   * between two parts puts the later one lower.
   */
  readonly appended?: { readonly start: number; readonly end: number };
}

export interface TransactionSessionDeps {
  readonly calls: PartitionCalls;
  readonly transactionalId: string;
  /** A record batch that is larger is sent in parts. */
  readonly maxBatchBytes: number;
  readonly compressor: Compressor | undefined;
  readonly groupId: string;
  /** After this time the brokers end a transaction. */
  readonly transactionTimeoutMs: number;
  readonly clock: Pick<Clock, 'now'>;
}

const replicationTimeoutMs = 8_000;
const produceTimeoutMs = 10_000;

/** Where a group stands in a partition, one of each topic. */
export interface OffsetToCommit extends TopicPartition {
  readonly offset: number;
  readonly metadata: string;
}

/** Aborts what earlier sessions of the transactional id had begun. They can write nothing any more. */
export async function openTransactionSession(deps: TransactionSessionDeps): Promise<TransactionSession> {
  const { calls, transactionalId, transactionTimeoutMs } = deps;
  const identity = await calls.ask(
    { coordinator: 'transaction', key: transactionalId },
    { api: 'InitProducerId', parameters: { transactionalId, transactionTimeout: transactionTimeoutMs } },
    (answer) => {
      const { errorCode, producerId, producerEpoch } = answer as WireProducer;
      const asked = { api: 'InitProducerId', transactionalId } as const;
      checkErrorCode(errorCode, 'initialising the transactional id', asked);
      return { producerId: BigInt(producerId), producerEpoch };
    },
  );
  return new TransactionSession(deps, identity);
}

/**
 * Transactions of one transactional id, one after the other. After a rejection the session must not be used again: after a
 * lost answer nobody knows what was written, nor the next sequence number.
 */
export class TransactionSession {
  readonly #deps: TransactionSessionDeps;
  readonly #who: ProducerIdentity & { readonly transactionalId: string };
  readonly #transactions: Destination;
  /** The sequence number of the next record, by partition. */
  readonly #sequences = new Map<string, number>();
  /** When the transaction under way began. */
  #begunAt: number | undefined;

  constructor(deps: TransactionSessionDeps, identity: ProducerIdentity) {
    const { transactionalId } = deps;
    this.#deps = deps;
    this.#who = { transactionalId, ...identity };
    this.#transactions = { coordinator: 'transaction', key: transactionalId };
  }

  /** The transaction under way has taken longer than the brokers wait. */
  isOverdue(): boolean {
    const { clock, transactionTimeoutMs } = this.#deps;
    return this.#begunAt !== undefined && clock.now() - this.#begunAt >= transactionTimeoutMs;
  }

  /** To be called before anything is produced to the partition in this transaction. */
  addPartition({ topic, partition }: TopicPartition): Promise<void> {
    this.#begunAt ??= this.#deps.clock.now();
    const { calls, transactionalId } = this.#deps;
    const parameters = { ...this.#who, topics: [{ topic, partitions: [partition] }] };
    return calls.ask(this.#transactions, { api: 'AddPartitionsToTxn', parameters }, (answer) => {
      const [errors] = (answer as WireAdded).errors;
      const added = errors?.partitionErrors.find((one) => one.partition === partition);
      const asked = { api: 'AddPartitionsToTxn', topic, transactionalId } as const;
      checkErrorCode(added?.errorCode ?? -1, `adding ${topic}-${partition} to the transaction`, asked);
    });
  }

  async produce(target: TopicPartition, records: readonly EncodedRecord[]): Promise<Produced> {
    const produced = { refused: [] as number[] };
    for (const { start, end } of toParts(records, this.#deps.maxBatchBytes)) {
      await this.#sendOrRefuse(target, records.slice(start, end), start, produced);
    }
    return produced;
  }

  /** The broker appends nothing of a batch that it refuses: halves of it are sent until the refused records are found. */
  async #sendOrRefuse(
    target: TopicPartition,
    records: readonly EncodedRecord[],
    first: number,
    produced: { refused: number[]; appended?: { start: number; end: number } },
  ): Promise<void> {
    try {
      const start = await this.#send(target, records);
      produced.appended = {
        start: Math.min(produced.appended?.start ?? start, start),
        end: start + records.length,
      };
    } catch (error) {
      if (!(error instanceof KafkaAnswerError) || error.kind !== 'refuse') {
        throw error;
      }
      if (records.length === 1) {
        produced.refused.push(first);
        return;
      }
      const middle = Math.ceil(records.length / 2);
      await this.#sendOrRefuse(target, records.slice(0, middle), first, produced);
      await this.#sendOrRefuse(target, records.slice(middle), first + middle, produced);
    }
  }

  /** @returns the offset of the first one */
  async #send(target: TopicPartition, records: readonly EncodedRecord[]): Promise<number> {
    const { calls, transactionalId, compressor } = this.#deps;
    const name = `${target.topic}-${target.partition}`;
    const firstSequence = this.#sequences.get(name) ?? 0;
    const { producerId, producerEpoch } = this.#who;
    const producer = { producerId, producerEpoch, firstSequence };
    // Each record has a timestamp of its own, so `now` is used for none.
    const options = { transactionalId, producer, replicationTimeoutMs, now: 0, compressor };
    const baseOffset = await calls.ask(
      target,
      { ...toProduceCall({ ...target, records }, options), timeoutMs: produceTimeoutMs },
      (answer) => readBaseOffset(answer, target, { transactionalId }),
    );
    this.#sequences.set(name, (firstSequence + records.length) % 2 ** 31);
    return baseOffset;
  }

  /** The last of several calls in one transaction counts, for each partition. */
  async commitOffsets(offsets: readonly OffsetToCommit[]): Promise<void> {
    const { calls, groupId, transactionalId, clock } = this.#deps;
    this.#begunAt ??= clock.now();
    const group = { group: groupId, transactionalId };
    const parameters = { ...this.#who, groupId };
    await calls.ask(this.#transactions, { api: 'AddOffsetsToTxn', parameters }, (answer) => {
      const { errorCode } = answer as WireError;
      const asked = { api: 'AddOffsetsToTxn', ...group } as const;
      checkErrorCode(errorCode, 'adding the offset to the transaction', asked);
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
          const found = (answer as WireOffsetCommit).topics.find((one) => one.topic === topic);
          const committed = found?.partitions.find((one) => one.partition === partition);
          const asked = { api: 'TxnOffsetCommit', topic, ...group } as const;
          checkErrorCode(committed?.errorCode ?? -1, `committing the offset of ${topic}-${partition}`, asked);
        }
      },
    );
  }

  /** Makes everything visible that was done since the last transaction. */
  commit(): Promise<void> {
    return this.#end(true, 'committing');
  }

  /** Takes everything back that was done since the last transaction. */
  abort(): Promise<void> {
    return this.#end(false, 'aborting');
  }

  async #end(transactionResult: boolean, what: string): Promise<void> {
    const { calls, transactionalId } = this.#deps;
    const parameters = { ...this.#who, transactionResult };
    await calls.ask(this.#transactions, { api: 'EndTxn', parameters }, (answer) => {
      const { errorCode } = answer as WireError;
      checkErrorCode(errorCode, `${what} the transaction`, { api: 'EndTxn', transactionalId });
    });
    this.#begunAt = undefined;
  }
}

function toParts(records: readonly EncodedRecord[], maxBytes: number): { start: number; end: number }[] {
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

interface WireError {
  readonly errorCode: number;
}

interface WireProducer extends WireError {
  readonly producerId: string;
  readonly producerEpoch: number;
}

interface WirePartitionError extends WireError {
  readonly partition: number;
}

interface WireAdded {
  readonly errors: readonly { readonly partitionErrors: readonly WirePartitionError[] }[];
}

interface WireOffsetCommit {
  readonly topics: readonly { readonly topic: string; readonly partitions: readonly WirePartitionError[] }[];
}
