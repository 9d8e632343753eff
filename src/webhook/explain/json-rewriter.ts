import {
  backslash,
  closeBrace,
  closeBracket,
  colon,
  comma,
  openBrace,
  openBracket,
  quote,
  space,
} from '../json-bytes.ts';
import { escapedBy, type JsonStyle } from './json-styles.ts';

const chunkBytes = 16 * 1024;
/** What one byte becomes at most: an escape. */
const mostGrowth = 6;
/** An escape that begins in a chunk ends in it. */
const slackBytes = 12;
const lowerDigits = Buffer.from('0123456789abcdef');
const upperDigits = Buffer.from('0123456789ABCDEF');
const slash = 0x2f;
const letterU = 0x75;
const escapeForm = /^\\u[0-9a-f]{4}$/i;

/**
 * Writes JSON in another style, a chunk at a time. Nothing is parsed, because the body is not verified: this tells texts from
 * what is between them, and nothing more. It takes any bytes, in a time that depends on their number alone.
 */
export class JsonRewriter {
  readonly #json: Buffer;
  readonly #hasSpaces: boolean;
  readonly #escapes: JsonStyle['escapes'];
  readonly #out = Buffer.alloc(chunkBytes * mostGrowth + slackBytes);
  #length = 0;
  #at = 0;
  #isInText = false;
  #depth = 0;

  constructor(json: Buffer, { hasSpaces = false, escapes }: JsonStyle) {
    this.#json = json;
    this.#hasSpaces = hasSpaces;
    this.#escapes = escapes;
  }

  /** Whether every text, array and object has ended, so far. */
  get isWhole(): boolean {
    return this.#depth === 0 && !this.#isInText;
  }

  /** Each chunk is overwritten by the next one. */
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
      if (this.#isInText) {
        this.#writeOfText(byte);
      } else {
        this.#at += 1;
        this.#writeOfStructure(byte);
      }
    }
  }

  #writeOfStructure(byte: number): void {
    if (byte <= space) {
      return;
    }
    this.#put(byte);
    if (byte === quote) {
      this.#isInText = true;
    } else if (byte === openBrace || byte === openBracket) {
      this.#depth += 1;
    } else if (byte === closeBrace || byte === closeBracket) {
      this.#depth -= 1;
    } else if (this.#hasSpaces && (byte === comma || byte === colon)) {
      this.#put(space);
    }
  }

  #writeOfText(byte: number): void {
    if (byte === backslash) {
      this.#writeEscape();
    } else if (byte < 0x80) {
      this.#at += 1;
      this.#isInText = byte !== quote;
      this.#putCharacter(byte);
    } else {
      this.#writeBeyondAscii(byte);
    }
  }

  /** A character of two to four bytes; that they are UTF-8 is known. */
  #writeBeyondAscii(first: number): void {
    const start = this.#at;
    this.#at += first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (this.#escapes === 'as received' || this.#escapes === 'fewest') {
      this.#length += this.#json.copy(this.#out, this.#length, start, this.#at);
      return;
    }
    let code = first & (0xff >> (this.#at - start + 1));
    for (let at = start + 1; at < this.#at; at += 1) {
      code = (code << 6) | ((this.#json[at] as number) & 0x3f);
    }
    this.#putCharacter(code);
  }

  #writeEscape(): void {
    const start = this.#at;
    const { character, length } = this.#readEscape(start);
    this.#at += length;
    if (character === undefined || this.#escapes === 'as received') {
      this.#length += this.#json.copy(this.#out, this.#length, start, this.#at);
    } else {
      this.#putCharacter(character);
    }
  }

  /** `character`: only of an escape that another style could write as it is. `length`: never into a character after no escape. */
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

  /** Of an escape, when there is one. */
  #readUnit(start: number): number | undefined {
    const text = this.#json.toString('latin1', start, start + 6);
    return escapeForm.test(text) ? Number.parseInt(text.slice(2), 16) : undefined;
  }

  #putCharacter(code: number): void {
    const { beyondAscii, also } = escapedBy[this.#escapes];
    if (!(beyondAscii && code >= 0x80) && !also.has(code)) {
      this.#putPlain(code);
    } else if (code === slash) {
      this.#put(backslash);
      this.#put(slash);
    } else if (code < 0x1_00_00) {
      this.#putEscape(code);
    } else {
      this.#putEscape(0xd7c0 + (code >> 10));
      this.#putEscape(0xdc00 + (code & 0x3ff));
    }
  }

  #putPlain(code: number): void {
    if (code < 0x80) {
      this.#put(code);
    } else {
      this.#length += this.#out.write(String.fromCodePoint(code), this.#length);
    }
  }

  #putEscape(unit: number): void {
    const digits = this.#escapes === 'html' ? upperDigits : lowerDigits;
    this.#put(backslash);
    this.#put(letterU);
    for (const shift of [12, 8, 4, 0]) {
      this.#put(digits[(unit >> shift) & 0xf] as number);
    }
  }

  #put(byte: number): void {
    this.#out[this.#length] = byte;
    this.#length += 1;
  }
}
