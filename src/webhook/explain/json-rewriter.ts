import { backslash, closeBrace, closeBracket, openBrace, openBracket, quote, space } from '../json-bytes.ts';

const chunkBytes = 16 * 1024;
/** Extra bytes in the output buffer, because an escape is never split between two chunks. */
const slackBytes = 12;
const slash = 0x2f;
const letterU = 0x75;
const escapeForm = /^\\u[0-9a-f]{4}$/i;

/**
 * Rewrites JSON chunk by chunk without white space between tokens. With `fewest`, unnecessary escapes are also
 * removed. The unverified body is not parsed: the rewriter only distinguishes strings from the text between them. The
 * rewriter accepts any bytes, takes time proportional to their number, and never writes more than it reads.
 */
export class JsonRewriter {
  readonly #json: Buffer;
  readonly #escapes: 'as received' | 'fewest';
  readonly #out = Buffer.alloc(chunkBytes + slackBytes);
  #length = 0;
  #at = 0;
  #isInText = false;
  #depth = 0;

  constructor(json: Buffer, escapes: 'as received' | 'fewest') {
    this.#json = json;
    this.#escapes = escapes;
  }

  /** Whether every string, array and object read so far is closed. */
  get isWhole(): boolean {
    return this.#depth === 0 && !this.#isInText;
  }

  /** Yields chunks. Use each chunk before the next iteration, which overwrites the chunk. */
  *[Symbol.iterator](): Generator<Buffer> {
    while (this.#at < this.#json.length) {
      this.#length = 0;
      this.#writeUntil(Math.min(this.#json.length, this.#at + chunkBytes));
      yield this.#out.subarray(0, this.#length);
    }
  }

  #writeUntil(end: number): void {
    while (this.#at < end) {
      const byte = this.#json[this.#at] as number;
      if (this.#isInText && byte === backslash) {
        this.#writeEscape();
        continue;
      }
      this.#at += 1;
      if (this.#isInText) {
        this.#isInText = byte !== quote;
        this.#put(byte);
      } else if (byte > space) {
        this.#writeOfStructure(byte);
      }
    }
  }

  #writeOfStructure(byte: number): void {
    this.#put(byte);
    if (byte === quote) {
      this.#isInText = true;
    } else if (byte === openBrace || byte === openBracket) {
      this.#depth += 1;
    } else if (byte === closeBrace || byte === closeBracket) {
      this.#depth -= 1;
    }
  }

  #writeEscape(): void {
    const start = this.#at;
    const { character, length } = this.#readEscape(start);
    this.#at += length;
    if (character === undefined || this.#escapes === 'as received') {
      this.#length += this.#json.copy(this.#out, this.#length, start, this.#at);
    } else {
      this.#length += this.#out.write(String.fromCodePoint(character), this.#length);
    }
  }

  /** Returns the length of the escape, and the escaped character if the escape is unnecessary. */
  #readEscape(start: number): { readonly character?: number; readonly length: number } {
    const kind = this.#json[start + 1];
    if (kind !== letterU) {
      const isAscii = kind === undefined || kind < 0x80;
      return kind === slash ? { character: slash, length: 2 } : { length: isAscii ? 2 : 1 };
    }
    const unit = this.#readUnit(start);
    if (unit === undefined) {
      return { length: 2 };
    }
    const pair = String.fromCharCode(unit, this.#readUnit(start + 6) ?? 0).codePointAt(0) ?? 0;
    if (pair > 0xff_ff) {
      return { character: pair, length: 12 };
    }
    const isNeeded =
      unit < space || unit === quote || unit === backslash || (unit >= 0xd800 && unit < 0xe000);
    return isNeeded ? { length: 6 } : { character: unit, length: 6 };
  }

  /** Returns the UTF-16 unit of a `\u` escape, or `undefined` if there is none. */
  #readUnit(start: number): number | undefined {
    const text = this.#json.toString('latin1', start, start + 6);
    return escapeForm.test(text) ? Number.parseInt(text.slice(2), 16) : undefined;
  }

  #put(byte: number): void {
    this.#out[this.#length] = byte;
    this.#length += 1;
  }
}
