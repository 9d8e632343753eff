import type { LogRecord } from '../../revisions/log-record.ts';
import { VarintReader } from './varint.ts';

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
  const timestampDelta = reader.next();
  const timestampMs = base.appendTimeMs ?? base.timestampMs + timestampDelta;
  const record = new WireRecord(data, base.offset + reader.next(), timestampMs, reader.position, end);
  reader.position = end;
  return record;
}

/** Of most records only a few parts are looked at: each is sliced out when asked for. */
class WireRecord implements LogRecord {
  readonly offset: number;
  readonly timestampMs: number;
  readonly #data: Buffer;
  readonly #start: number;
  readonly #end: number;
  readonly #headersStart: number;

  constructor(data: Buffer, offset: number, timestampMs: number, start: number, end: number) {
    this.offset = offset;
    this.timestampMs = timestampMs;
    this.#data = data;
    this.#start = start;
    this.#end = end;
    const reader = new VarintReader(data, start);
    reader.skipBytes();
    reader.skipBytes();
    this.#headersStart = reader.position;
  }

  get key(): Buffer | null {
    return new VarintReader(this.#data, this.#start).bytes();
  }

  get value(): Buffer | null {
    const reader = new VarintReader(this.#data, this.#start);
    reader.skipBytes();
    return reader.bytes();
  }

  get body(): Buffer {
    return this.#data.subarray(this.#start, this.#end);
  }

  header(name: string): string | undefined {
    return findHeader(this.#data, this.#headersStart, name);
  }
}

function findHeader(data: Buffer, start: number, name: string): string | undefined {
  const reader = new VarintReader(data, start);
  let found: string | undefined;
  for (let left = reader.next(); left > 0; left -= 1) {
    const nameLength = reader.next();
    const nameStart = reader.position;
    reader.position += nameLength;
    const valueLength = reader.next();
    const valueStart = reader.position;
    reader.position += Math.max(0, valueLength);
    if (nameLength === name.length && valueLength >= 0 && isTextAt(data, nameStart, name)) {
      found = data.toString('utf8', valueStart, reader.position);
    }
  }
  return found;
}

/** Of ASCII text. */
function isTextAt(data: Buffer, start: number, text: string): boolean {
  for (let at = text.length - 1; at >= 0; at -= 1) {
    if (data[start + at] !== text.charCodeAt(at)) {
      return false;
    }
  }
  return true;
}
