import type { LogRecord } from '../../../src/filter/log-record.ts';
import { WireReader } from '../../../src/stores/kafka/wire/wire-reader.ts';
import { readRecordBatches } from '../../support/kafka/read-record-batches.ts';
import type { StoredRecord } from '../../support/kafka/read-topic.ts';
import type { Topic } from './kafka-cluster.ts';
import type { PartitionLog } from './transactions/partition-log.ts';

/** All committed records that a log has. */
export function readCommittedLog(
  log: PartitionLog | undefined,
  fromOffset = log?.startOffset ?? 0,
): readonly LogRecord[] {
  if (log === undefined) {
    return [];
  }
  const all = { fromOffset, maxBytes: Number.MAX_SAFE_INTEGER, isCommittedOnly: true, mustProgress: true };
  const { recordSet, abortedTransactions } = log.read(all);
  return readRecordBatches(recordSet, fromOffset, abortedTransactions).records;
}

/** The committed records of a topic, in the order of each partition. */
export function readTopic({ partitions }: Topic): StoredRecord[] {
  return partitions.flatMap(({ partition, log }) =>
    readCommittedLog(log).map(({ offset, timestampMs, key, value, body }) => ({
      ...{ partition, offset, timestampMs, key, value },
      headers: readHeaders(body),
    })),
  );
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
