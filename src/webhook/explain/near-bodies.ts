import { isUtf8 } from 'node:buffer';
import { unzipSync } from 'node:zlib';
import { JsonRewriter } from './json-rewriter.ts';
import type { ExaminedCause } from './signature-cause.ts';

/** A body that the sender may have signed before the body was altered in transit. */
export interface NearBody {
  readonly cause: ExaminedCause;
  /** Chunks of the body. Read them one after another, because each chunk may be overwritten by the next. */
  readonly chunks: Iterable<Uint8Array>;
}

const chunkBytes = 16 * 1024;
const byteOrderMark = Buffer.from('\ufeff');
const carriageReturn = 0x0d;

/**
 * Bytes of windows-1252 by character code. "Latin-1" usually means this encoding:
 * https://encoding.spec.whatwg.org/#names-and-labels
 */
const latin1Bytes: ReadonlyMap<number, number> = new Map(
  Array.from({ length: 256 }, (_, byte) => [
    new TextDecoder('windows-1252').decode(Uint8Array.of(byte)).charCodeAt(0),
    byte,
  ]),
);

/**
 * Undoes known alterations by proxies, one at a time. Unnecessary white space and escapes are removed from JSON,
 * because the provider sends neither. Irreversible changes, such as the order of members or the format of numbers,
 * cannot be undone.
 *
 * @param maxBytes the maximum size of a decompressed body
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
    // Reverts UTF-8 text that was misread as Latin-1 and encoded as UTF-8 again.
    yield { cause: 'body_charset', chunks: toLatin1(received) };
  } else {
    yield { cause: 'body_charset', chunks: convertToUtf8(received, 'windows-1252') };
  }
  if (received.includes(0)) {
    yield { cause: 'body_charset', chunks: convertToUtf8(received, 'utf-16le') };
    yield { cause: 'body_charset', chunks: convertToUtf8(received, 'utf-16be') };
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

/** Converts text from a different character set to UTF-8. */
function* convertToUtf8(received: Buffer, encoding: string): Generator<Buffer> {
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

/** Decompresses the body. This is the only long step, because node:zlib can decompress in steps only on another thread. */
function* decompress(received: Buffer, maxOutputLength: number): Generator<Buffer> {
  try {
    yield unzipSync(received, { maxOutputLength });
  } catch {
    // The body was not compressed.
  }
}
