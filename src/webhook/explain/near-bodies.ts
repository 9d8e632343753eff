import { isUtf8 } from 'node:buffer';
import { unzipSync } from 'node:zlib';
import { JsonRewriter } from './json-rewriter.ts';
import type { ExaminedCause } from './signature-cause.ts';

/** A body that a sender may have signed, when another one arrived. */
export interface NearBody {
  readonly cause: ExaminedCause;
  /** One after the other: each may be overwritten by the next one. */
  readonly chunks: Iterable<Uint8Array>;
}

const chunkBytes = 16 * 1024;
const byteOrderMark = Buffer.from('\ufeff');
const carriageReturn = 0x0d;

/** By character. What is called Latin-1 is this: https://encoding.spec.whatwg.org/#names-and-labels */
const latin1Bytes: ReadonlyMap<number, number> = new Map(
  Array.from({ length: 256 }, (_, byte) => [
    new TextDecoder('windows-1252').decode(Uint8Array.of(byte)).charCodeAt(0),
    byte,
  ]),
);

/**
 * Undoes what proxies are known to do to a body, one thing at a time: of JSON white space and escapes that came in, as the provider
 * sends neither. What is lost for good, such as the order of members or how a number was written, cannot be undone.
 *
 * @param maxBytes of a body that was compressed
 */
export function* listNearBodies(received: Buffer, maxBytes: number): Generator<NearBody> {
  const isText = isUtf8(received);
  for (const chunks of listOtherEnds(received)) {
    yield { cause: 'body_white_space', chunks };
  }
  if (isText) {
    for (const escapes of ['as received', 'fewest'] as const) {
      yield { cause: 'body_rewritten', chunks: new JsonRewriter(received, escapes) };
    }
    // UTF-8 that was taken for Latin-1, and written as UTF-8 once more.
    yield { cause: 'body_charset', chunks: toLatin1(received) };
  } else {
    yield { cause: 'body_charset', chunks: recode(received, 'windows-1252') };
  }
  if (received.includes(0)) {
    yield { cause: 'body_charset', chunks: recode(received, 'utf-16le') };
    yield { cause: 'body_charset', chunks: recode(received, 'utf-16be') };
  }
  yield { cause: 'body_compressed', chunks: decompress(received, maxBytes) };
}

export function* toChunks(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    yield bytes.subarray(at, at + chunkBytes);
  }
}

function* listOtherEnds(received: Buffer): Generator<Iterable<Buffer>> {
  const hasMark = received.indexOf(byteOrderMark) === 0;
  yield toChunks(trim(hasMark ? received.subarray(byteOrderMark.length) : received));
  yield [byteOrderMark, received];
  yield [received, Buffer.from('\n')];
  yield [received, Buffer.from('\r\n')];
  yield toLineEnds(received, '\n');
  yield toLineEnds(received, '\r\n');
}

function trim(bytes: Buffer): Buffer {
  let start = 0;
  let end = bytes.length;
  while (start < end && (bytes[start] as number) <= 0x20) {
    start += 1;
  }
  while (end > start && (bytes[end - 1] as number) <= 0x20) {
    end -= 1;
  }
  return bytes.subarray(start, end);
}

function* toLineEnds(received: Buffer, lineEnd: string): Generator<Buffer> {
  let at = 0;
  while (at < received.length) {
    const end = at + chunkBytes;
    const chunkEnd = received[end - 1] === carriageReturn ? end + 1 : end;
    const text = received.toString('latin1', at, chunkEnd);
    yield Buffer.from(text.replaceAll(/\r?\n/g, lineEnd), 'latin1');
    at = chunkEnd;
  }
}

/** What is in another character set, as UTF-8. */
function* recode(received: Buffer, encoding: string): Generator<Buffer> {
  const decoder = new TextDecoder(encoding);
  for (const chunk of toChunks(received)) {
    yield Buffer.from(decoder.decode(chunk, { stream: true }));
  }
}

function* toLatin1(received: Buffer): Generator<Buffer> {
  const decoder = new TextDecoder();
  for (const chunk of toChunks(received)) {
    const text = decoder.decode(chunk, { stream: true });
    const bytes = Buffer.alloc(text.length);
    for (let at = 0; at < bytes.length; at += 1) {
      const code = text.charCodeAt(at);
      bytes[at] = code < 0x80 ? code : (latin1Bytes.get(code) ?? 0);
    }
    yield bytes;
  }
}

/** Its only step that is not a short one: node:zlib has no steps without a thread of its own. */
function* decompress(received: Buffer, maxOutputLength: number): Generator<Buffer> {
  try {
    yield unzipSync(received, { maxOutputLength });
  } catch {
    // It was not compressed.
  }
}
