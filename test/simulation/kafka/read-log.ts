import { readRecordBatches } from '../../../src/kafka/wire/read-record-batches.ts';
import { WireReader } from '../../../src/kafka/wire/wire-reader.ts';
import type { StoredRecord } from '../../support/kafka/read-topic.ts';
import type { SimulatedTopic } from './simulated-cluster.ts';

/** The committed records of a topic, in the order of each partition. */
export function readLog({ partitions }: SimulatedTopic): StoredRecord[] {
  return partitions.flatMap(({ partition, batches, committed }) => {
    const whole = Buffer.concat(
      batches.filter(({ lastOffset }) => lastOffset < committed).map(({ bytes }) => bytes),
    );
    return readRecordBatches(whole, 0, []).records.map((record) => ({
      partition,
      offset: record.offset,
      timestampMs: record.timestampMs,
      key: record.key,
      value: record.value,
      headers: readHeaders(record.body),
    }));
  });
}

function readHeaders(body: Buffer): Readonly<Record<string, string>> {
  const reader = new WireReader(body);
  reader.skipVarintBytes();
  reader.skipVarintBytes();
  const headers: Record<string, string> = {};
  for (let left = reader.varint(); left > 0; left -= 1) {
    const name = reader.varintBytes()?.toString() ?? '';
    headers[name] = reader.varintBytes()?.toString() ?? '';
  }
  return headers;
}
