import type { LogRecord } from '../../../filter/log-record.ts';
import { toError } from '../../../runtime/errors.ts';
import { decompress } from './decompress.ts';
import { largestBatchBytes, mostRecordsOfBatch } from './limits.ts';
import { type BatchHeader, headerBytes, toRecordBase, toUnreadable } from './record-batch.ts';
import { WireReader } from './wire-reader.ts';
import { readWireRecord } from './wire-record.ts';

export interface WholeLimits {
  readonly maxBytes: number;
  readonly maxRecords: number;
  /** Earlier records are left out. */
  readonly fromOffset: number;
}

/**
 * Appends the records of a batch. One of which only the first records can be read has none, but a record that says so.
 *
 * @returns how many bytes they have; `undefined` when they are too many to be read at once, and nothing was appended
 */
export function appendWholeBatch(
  bytes: Buffer,
  batch: BatchHeader,
  { maxBytes, maxRecords, fromOffset }: WholeLimits,
  into: LogRecord[],
): number | undefined {
  const before = into.length;
  try {
    if (batch.count > mostRecordsOfBatch) {
      throw new RangeError(`A record batch has ${batch.count} records, more than ${mostRecordsOfBatch}`);
    }
    if (batch.count > maxRecords) {
      return undefined;
    }
    const bound = Math.min(maxBytes, largestBatchBytes);
    const data = decompress(bytes.subarray(headerBytes), batch.compression, bound);
    if (data === undefined && bound < largestBatchBytes) {
      return undefined;
    }
    if (data === undefined) {
      throw new RangeError(`The decompressed bytes are more than ${bound}`);
    }
    appendRecords(data, batch, fromOffset, into);
    return data.length;
  } catch (error) {
    into.length = before;
    into.push(toUnreadable(bytes, batch, batch.baseOffset, toError(error)));
    return bytes.length;
  }
}

function appendRecords(data: Buffer, batch: BatchHeader, fromOffset: number, into: LogRecord[]): void {
  const reader = new WireReader(data);
  const base = toRecordBase(batch);
  for (let left = batch.count; left > 0; left -= 1) {
    const record = readWireRecord(data, reader, base);
    if (record.offset < batch.baseOffset || record.offset > batch.lastOffset) {
      throw new RangeError('A record has an offset outside its batch');
    }
    if (record.offset >= fromOffset) {
      into.push(record);
    }
  }
}
