import { type Compressor, compressors } from '../../../src/stores/kafka/wire/compression.ts';
import { WireWriter } from '../../../src/stores/kafka/wire/wire-writer.ts';
import {
  type BatchRecord,
  type ProducerIdentity,
  writeRecordBatch,
} from '../../../src/stores/kafka/wire/write-record-batch.ts';

export type CodecName = keyof typeof compressors | 'none';

export const codecNames = ['none', ...(Object.keys(compressors) as (keyof typeof compressors)[])] as const;

function findCompressor(codec: CodecName): Compressor | undefined {
  return codec === 'none' ? undefined : compressors[codec];
}

interface BatchFacts {
  readonly codec: CodecName;
  readonly baseOffset?: number;
  /** Producer of the transaction that contains the batch. */
  readonly producer?: ProducerIdentity;
}

/** Creates a batch in the format in which a broker stores it. */
export function toCompressedBatch(
  records: readonly BatchRecord[],
  { codec, baseOffset = 0, producer }: BatchFacts,
): Buffer {
  const writer = new WireWriter(1024);
  writeRecordBatch(writer, records, {
    now: 0,
    compressor: findCompressor(codec),
    producer: producer && { ...producer, firstSequence: 0 },
  });
  const batch = Buffer.from(writer.written());
  batch.writeBigInt64BE(BigInt(baseOffset), 0);
  return batch;
}

/** Creates records that compress to a very small size. */
export function toBlankRecords(count: number, valueBytes: number): BatchRecord[] {
  const value = Buffer.alloc(valueBytes, ' ');
  return Array.from({ length: count }, () => ({ key: null, value, headers: {} }));
}
