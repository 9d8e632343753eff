import { isUtf8 } from 'node:buffer';
import { unzipSync } from 'node:zlib';
import { decodeEscapes, removeWhiteSpace } from './rewrite-json.ts';
import type { ExaminedCause } from './signature-cause.ts';

/** A body that the sender may have signed before the body was altered in transit. */
export interface AlteredBody {
  readonly cause: ExaminedCause;
  readonly body: Buffer;
}

const byteOrderMark = Buffer.from('\ufeff');

/** Maximum ratio of decompressed to compressed bytes. The JSON of events compresses to about a tenth of its size. */
const maxCompressionRatio = 32;

/**
 * Bytes of windows-1252 by character code. "Latin-1" usually means this encoding:
 * https://encoding.spec.whatwg.org/#names-and-labels
 */
const windows1252Bytes: ReadonlyMap<number, number> = new Map(
  Array.from({ length: 256 }, (_, byte) => [
    new TextDecoder('windows-1252').decode(Uint8Array.of(byte)).charCodeAt(0),
    byte,
  ]),
);

/**
 * Undoes known alterations by proxies, one at a time. Unnecessary white space and escapes are removed from JSON,
 * because the provider sends neither. Irreversible changes, such as the order of members or the format of numbers,
 * cannot be undone.
 */
export function* undoKnownAlterations(received: Buffer): Generator<AlteredBody> {
  for (const body of undoWhiteSpaceChanges(received)) {
    yield { cause: 'body_white_space', body };
  }
  if (isUtf8(received)) {
    const compactJson = removeWhiteSpace(received.toString());
    yield { cause: 'body_rewritten', body: Buffer.from(compactJson) };
    yield { cause: 'body_rewritten', body: Buffer.from(decodeEscapes(compactJson)) };
    // Reverts UTF-8 text that was misread as Latin-1 and encoded as UTF-8 again.
    yield { cause: 'body_charset', body: toLatin1(received.toString()) };
  } else {
    yield { cause: 'body_charset', body: convertToUtf8(received, 'windows-1252') };
  }
  if (received.includes(0)) {
    yield { cause: 'body_charset', body: convertToUtf8(received, 'utf-16le') };
    yield { cause: 'body_charset', body: convertToUtf8(received, 'utf-16be') };
  }
  const decompressedBody = decompress(received);
  if (decompressedBody !== undefined) {
    yield { cause: 'body_compressed', body: decompressedBody };
  }
}

function* undoWhiteSpaceChanges(received: Buffer): Generator<Buffer> {
  const text = received.toString('latin1');
  const hasByteOrderMark = received.indexOf(byteOrderMark) === 0;
  yield trimBytes(hasByteOrderMark ? received.subarray(byteOrderMark.length) : received);
  yield Buffer.concat([byteOrderMark, received]);
  for (const end of ['\n', '\r\n']) {
    yield Buffer.from(text + end, 'latin1');
    yield Buffer.from(text.replaceAll(/\r?\n/g, end), 'latin1');
  }
}

/** Trims white space with a loop, because a regular expression takes quadratic time for white space within the text. */
function trimBytes(bytes: Buffer): Buffer {
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

/** Converts text from a different character set to UTF-8. */
function convertToUtf8(received: Buffer, encoding: string): Buffer {
  return Buffer.from(new TextDecoder(encoding).decode(received));
}

function toLatin1(text: string): Buffer {
  return Buffer.from(
    Uint8Array.from(text, (character) => windows1252Bytes.get(character.charCodeAt(0)) ?? 0),
  );
}

function decompress(received: Buffer): Buffer | undefined {
  try {
    return unzipSync(received, { maxOutputLength: maxCompressionRatio * received.length });
  } catch {
    // The body was not compressed.
    return undefined;
  }
}
