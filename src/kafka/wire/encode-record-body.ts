import { sizeOfVarint, VarintReader, writeVarint } from './varint.ts';

interface RecordParts {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
}

/** Key, value and headers as they stand within a record. */
export function encodeRecordBody({ key, value, headers }: RecordParts): Buffer {
  const named = Object.entries(headers);
  const parts = [key, value].map(encodeBytes);
  parts.push(encodeVarint(named.length));
  for (const [name, text] of named) {
    parts.push(encodeBytes(Buffer.from(name)), encodeBytes(Buffer.from(text)));
  }
  return Buffer.concat(parts);
}

/** The body with one more header at its end. */
export function appendHeader(body: Buffer, name: string, text: string): Buffer {
  const reader = new VarintReader(body, 0);
  reader.skipBytes();
  reader.skipBytes();
  const countStart = reader.position;
  const count = reader.next();
  return Buffer.concat([
    body.subarray(0, countStart),
    encodeVarint(count + 1),
    body.subarray(reader.position),
    encodeBytes(Buffer.from(name)),
    encodeBytes(Buffer.from(text)),
  ]);
}

function encodeBytes(bytes: Buffer | null): Buffer {
  return bytes === null ? encodeVarint(-1) : Buffer.concat([encodeVarint(bytes.length), bytes]);
}

function encodeVarint(value: number): Buffer {
  const bytes = Buffer.alloc(sizeOfVarint(value));
  writeVarint(bytes, 0, value);
  return bytes;
}
