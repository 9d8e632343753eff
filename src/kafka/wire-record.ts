import type { LogRecord } from '../revisions/log-record.ts';
import { createVarintReader, type VarintReader } from './varint.ts';

interface RecordBase {
  readonly offset: number;
  readonly timestampMs: number;
  /** Replaces the record's own time: the topic keeps the time of the append. */
  readonly appendTimeMs?: number;
}

/** Reads the record at the reader's position and moves it behind it. */
export function readWireRecord(data: Buffer, reader: VarintReader, base: RecordBase): LogRecord {
  const length = reader.next();
  const end = reader.position + length;
  if (length < 0 || end > data.length) {
    throw new RangeError('A record is longer than its batch');
  }
  reader.position += 1;
  const timestampMs = base.appendTimeMs ?? base.timestampMs + reader.next();
  if (base.appendTimeMs !== undefined) {
    reader.next();
  }
  const offset = base.offset + reader.next();
  const bodyStart = reader.position;
  const key = readBytes(data, reader);
  const value = readBytes(data, reader);
  const headersStart = reader.position;
  reader.position = end;
  return {
    offset,
    timestampMs,
    key,
    value,
    body: data.subarray(bodyStart, end),
    header: (name) => findHeader(data, headersStart, name),
  };
}

function readBytes(data: Buffer, reader: VarintReader): Buffer | null {
  const length = reader.next();
  if (length < 0) {
    return null;
  }
  const from = reader.position;
  reader.position += length;
  return data.subarray(from, reader.position);
}

function findHeader(data: Buffer, start: number, name: string): string | undefined {
  const reader = createVarintReader(data, start);
  let found: string | undefined;
  for (let left = reader.next(); left > 0; left -= 1) {
    const nameLength = reader.next();
    const nameStart = reader.position;
    reader.position += nameLength;
    const valueLength = reader.next();
    const valueStart = reader.position;
    reader.position += Math.max(0, valueLength);
    if (
      nameLength === name.length &&
      valueLength >= 0 &&
      data.toString('latin1', nameStart, nameStart + nameLength) === name
    ) {
      found = data.toString('utf8', valueStart, reader.position);
    }
  }
  return found;
}
