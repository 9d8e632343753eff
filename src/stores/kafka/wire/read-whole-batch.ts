import type { LogRecord } from '../../../filter/log-record.ts';
import { toError } from '../../../runtime/errors.ts';
import { decompress } from './decompress.ts';
import { type BatchHeader, headerBytes, toRecordBase, toUnreadable } from './record-batch.ts';
import { WireReader } from './wire-reader.ts';
import { readWireRecord } from './wire-record.ts';

/**
 * Appends the records of a batch from an offset on. One of which only the first records can be read has none, but a record
 * that says so.
 *
 * @returns how many bytes they have, decompressed
 */
export function appendWholeBatch(
  bytes: Buffer,
  batch: BatchHeader,
  fromOffset: number,
  into: LogRecord[],
): number {
  const before = into.length;
  try {
    const data = decompress(bytes.subarray(headerBytes), batch.compression);
    appendRecords(data, batch, fromOffset, into);
    return data.length;
  } catch (error) {
    into.length = before;
    into.push(toUnreadable(bytes, batch, toError(error)));
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
