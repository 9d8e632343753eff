import type { KafkaConnection } from '../../../src/stores/kafka/cluster/kafkajs/kafka-connection.ts';
import { WireWriter } from '../../../src/stores/kafka/wire/wire-writer.ts';
import { produceVersion, writeProduceBody } from '../../../src/stores/kafka/wire/write-produce-body.ts';
import { type BatchRecord, writeRecordBatch } from '../../../src/stores/kafka/wire/write-record-batch.ts';

export interface Part {
  readonly topic: string;
  readonly partition?: number;
  readonly records?: readonly BatchRecord[];
}

interface ProduceFacts {
  readonly replicationTimeoutMs?: number;
  /** Alters the request before it is sent. */
  readonly spoil?: (body: Buffer) => void;
}

interface WholeAnswer {
  readonly topics: readonly {
    readonly topicName: string;
    readonly partitions: readonly {
      readonly partition: number;
      readonly errorCode: number;
      readonly baseOffset: string;
      readonly logAppendTime: string;
      readonly logStartOffset: string;
    }[];
  }[];
  readonly clientSideThrottleTime: number;
}

export const oneRecord: readonly BatchRecord[] = [toRecord('value')];

export function toRecord(value: string, facts: { readonly timestampMs?: number } = {}): BatchRecord {
  return { key: 'key', value: Buffer.from(value), headers: { source: 'script' }, ...facts };
}

/** @returns one record whose batch has exactly this many bytes */
export function recordOfBatch(bytes: number): readonly BatchRecord[] {
  const measure = (length: number) => {
    const writer = new WireWriter(bytes);
    writeRecordBatch(writer, [toRecord('x'.repeat(length))], { now: 0 });
    return writer.offset;
  };
  // The first guess is close to the result, so that the varint-encoded lengths have the same number of bytes in both.
  const guess = bytes - 200;
  return [toRecord('x'.repeat(guess + bytes - measure(guess)))];
}

/** Sends a produce request as the receiver does. @returns the result of each partition, sorted by name */
export async function produce(
  connection: KafkaConnection,
  parts: readonly Part[],
  { replicationTimeoutMs = 5_000, spoil }: ProduceFacts = {},
): Promise<readonly unknown[]> {
  const batches = parts.map(({ topic, partition = 0, records = oneRecord }) => ({
    topic,
    partition,
    records,
  }));
  const { topics, clientSideThrottleTime } = (await connection.call({
    api: 'Produce',
    parameters: { acks: -1 },
    codec: {
      version: produceVersion,
      write(writer) {
        const from = writer.offset;
        writeProduceBody(writer, batches, { now: Date.now(), replicationTimeoutMs });
        spoil?.(writer.bytes.subarray(from, writer.offset));
      },
    },
    timeoutMs: 20_000,
  })) as WholeAnswer;
  const answers = topics.flatMap(({ topicName, partitions }) =>
    partitions.map(({ partition, ...answer }) => ({ of: `${topicName}-${partition}`, ...answer })),
  );
  return [...answers.toSorted((one, other) => (one.of < other.of ? -1 : 1)), clientSideThrottleTime];
}
