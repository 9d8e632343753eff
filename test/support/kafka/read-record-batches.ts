import {
  type AbortedTransaction,
  type DecodedBatches,
  RecordSetReader,
} from '../../../src/stores/kafka/wire/read-record-batches.ts';

/**
 * Reads all committed records from an offset onwards from the record batches of a fetch response.
 *
 * @throws the errors of `RecordSetReader`
 */
export function readRecordBatches(
  set: Buffer,
  fromOffset: number,
  abortedTransactions: readonly AbortedTransaction[],
): DecodedBatches {
  const reader = new RecordSetReader(set, fromOffset, abortedTransactions);
  const { records, nextOffset, lastEpoch } = reader.read(Number.POSITIVE_INFINITY);
  return { records, nextOffset, lastEpoch };
}
