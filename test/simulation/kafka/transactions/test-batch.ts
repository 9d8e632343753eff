import { WireWriter } from '../../../../src/stores/kafka/wire/wire-writer.ts';
import type { ProducerIdentity } from '../../../../src/stores/kafka/wire/write-record-batch.ts';
import { writeRecordBatch } from '../../../../src/stores/kafka/wire/write-record-batch.ts';

/** One batch, as a producer sends it. */
export function toBatch(
  values: readonly string[],
  producer?: ProducerIdentity & { readonly firstSequence: number },
): Buffer {
  const writer = new WireWriter(256);
  const records = values.map((value, index) => ({
    key: value,
    value: Buffer.from(value),
    headers: {},
    timestampMs: 1_000 + index,
  }));
  writeRecordBatch(writer, records, { now: 1_000, producer });
  return Buffer.from(writer.written());
}
