import type { PartitionCalls } from '../../cluster/client/partition-calls.ts';
import { readBaseOffset, toProduceCall } from '../../cluster/client/produce-call.ts';
import { KafkaAnswerError } from '../../cluster/errors/kafka-answer-error.ts';
import type { Compressor } from '../../wire/compressor.ts';
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
  /** Where the first one was put, and behind the last one; absent when all were refused. */
  readonly appended?: { readonly start: number; readonly end: number };
}

export interface TransactionProducerDeps {
  readonly calls: PartitionCalls;
  readonly transactionalId: string;
  readonly identity: ProducerIdentity;
  /** A record batch that is larger is sent in parts. */
  readonly maxBatchBytes: number;
  readonly compressor?: Compressor | undefined;
}

const replicationTimeoutMs = 8_000;
const produceTimeoutMs = 10_000;

/** Appends to the partitions of a transaction. After a rejection it must not be used again. */
export class TransactionProducer {
  readonly #deps: TransactionProducerDeps;
  /** The sequence number of the next record, by partition. */
  readonly #sequences = new Map<string, number>();

  constructor(deps: TransactionProducerDeps) {
    this.#deps = deps;
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
      produced.appended = { start: produced.appended?.start ?? start, end: start + records.length };
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
    const { calls, transactionalId, identity, compressor } = this.#deps;
    const name = `${target.topic}-${target.partition}`;
    const firstSequence = this.#sequences.get(name) ?? 0;
    const producer = { ...identity, firstSequence };
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
