import { readRecordBatches } from '../../../src/kafka/wire/read-record-batches.ts';
import type { LogRecord } from '../../../src/revisions/log-record.ts';
import type { PartitionLog } from '../kafka/transactions/partition-log.ts';

/** All committed records that a log has. */
export function readCommittedLog(log: PartitionLog | undefined): readonly LogRecord[] {
  if (log === undefined) {
    return [];
  }
  const fromOffset = log.startOffset;
  const all = { fromOffset, maxBytes: Number.MAX_SAFE_INTEGER, isCommittedOnly: true, mustProgress: true };
  const { recordSet, abortedTransactions } = log.read(all);
  return readRecordBatches(recordSet, fromOffset, abortedTransactions).records;
}
