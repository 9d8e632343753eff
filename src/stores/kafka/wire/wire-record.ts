import type { LogRecord } from '../../../filter/log-record.ts';
import { WireReader } from './wire-reader.ts';
import { WireWriter } from './wire-writer.ts';

interface RecordBaseValues {
  readonly offset: number;
  readonly timestampMs: number;
  /** Time of the append. Set if the topic stores this time instead of the timestamp from the producer. */
  readonly appendTimeMs?: number;
}

/** Reads the record at the current position, and advances the reader to the end of the record. */
export function readWireRecord(data: Buffer, reader: WireReader, base: RecordBaseValues): LogRecord {
  const length = reader.varint();
  const end = reader.position + length;
  if (end > data.length) {
    throw new RangeError('A record extends beyond its batch');
  }
  reader.skip(1); // attributes
  const timestampDelta = reader.varint();
  const timestampMs = base.appendTimeMs ?? base.timestampMs + timestampDelta;
  const record = new WireRecord(data, base.offset + reader.varint(), timestampMs, reader.position, end);
  reader.position = end;
  return record;
}

/** Record that decodes each part on access, because most readers need only a few parts. */
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
    const reader = new WireReader(data, start);
    reader.skipVarintBytes();
    reader.skipVarintBytes();
    this.#headersStart = reader.position;
    if (reader.position > end) {
      throw new RangeError("A record's key and value extend beyond the record");
    }
  }

  get key(): Buffer | null {
    return new WireReader(this.#data, this.#start).varintBytes();
  }

  get value(): Buffer | null {
    const reader = new WireReader(this.#data, this.#start);
    reader.skipVarintBytes();
    return reader.varintBytes();
  }

  get body(): Buffer {
    return this.#data.subarray(this.#start, this.#end);
  }

  header(name: string): string | undefined {
    return findHeader(this.#data, this.#headersStart, name);
  }
}

function findHeader(data: Buffer, start: number, name: string): string | undefined {
  const reader = new WireReader(data, start);
  let headerValue: string | undefined;
  for (let headersLeft = reader.varint(); headersLeft > 0; headersLeft -= 1) {
    const nameLength = reader.varint();
    const nameStart = reader.position;
    reader.skip(nameLength);
    const valueLength = reader.varint();
    const valueStart = reader.position;
    reader.skip(valueLength);
    if (nameLength === name.length && valueLength >= 0 && isTextAt(data, nameStart, name)) {
      headerValue = data.toString('utf8', valueStart, reader.position);
    }
  }
  return headerValue;
}

/**
 * Reads all headers of a record body as UTF-8 text. If several headers have the same name, the last one is used. A
 * header without a value is skipped.
 */
export function readHeaders(body: Buffer): Record<string, string> {
  const reader = new WireReader(body);
  reader.skipVarintBytes();
  reader.skipVarintBytes();
  const headers: Record<string, string> = {};
  for (let headersLeft = reader.varint(); headersLeft > 0; headersLeft -= 1) {
    const name = String(reader.varintBytes());
    const value = reader.varintBytes();
    if (value !== null) {
      headers[name] = value.toString();
    }
  }
  return headers;
}

/** Returns whether the data at a position equals an ASCII text. */
function isTextAt(data: Buffer, start: number, text: string): boolean {
  for (let at = text.length - 1; at >= 0; at -= 1) {
    if (data[start + at] !== text.charCodeAt(at)) {
      return false;
    }
  }
  return true;
}

/** Returns a copy of a record body with one header added at the end. */
export function appendHeader(body: Buffer, name: string, text: string): Buffer {
  const reader = new WireReader(body);
  reader.skipVarintBytes();
  reader.skipVarintBytes();
  const countFieldStart = reader.position;
  const count = reader.varint();
  const writer = new WireWriter(body.length + 64);
  writer.raw(body.subarray(0, countFieldStart));
  writer.varint(count + 1);
  writer.raw(body.subarray(reader.position));
  writer.varintString(name);
  writer.varintString(text);
  return writer.written();
}
