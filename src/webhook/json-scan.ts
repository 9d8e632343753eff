import {
  closeBrace,
  closeBracket,
  colon,
  comma,
  isWhiteSpace,
  openBrace,
  openBracket,
  quote,
  skipWhiteSpace,
  space,
} from './json-bytes.ts';
import { endOfNumberOrWord, endOfString, isAscii, noToken, skipPlain } from './json-tokens.ts';
import { WantedMember, WantedMembers } from './wanted-members.ts';

/** Maximum nesting depth. This is the default of Jackson, a common JSON library, so few consumers could read deeper events. */
export const maxDepth = 1_000;

/** Maximum number of opening brackets and commas in one element. The provider's events have about thirty. */
export const maxElementParts = 10_000;

/** Selects no members, so that an object is scanned without extracting anything. */
const nothing = new WantedMembers();

/**
 * Scans JSON (RFC 8259) as strictly as JSON.parse, and finds the values of wanted members. Unlike JSON.parse, it does
 * not allocate objects or strings, and takes half the time (docs/decisions/002-original-bytes.md). One instance can
 * scan many values in turn.
 */
export class JsonScan {
  /** The scanned value. If the value is an object, its wanted members are found. */
  readonly root = new WantedMember('');
  /** Number of opening brackets and commas in the last value. */
  parts = 0;
  /** Whether the last value is pure ASCII. */
  isAscii = true;
  /** Whether the last string is printable ASCII without escapes. */
  #isPlain = true;
  /** Stack with the wanted members of each array or object that encloses the current position. */
  readonly #containers: (WantedMembers | undefined)[] = Array.from({ length: maxDepth + 1 });

  /**
   * Scans one value. The scan is a loop without recursion, because the body determines the depth. Past the end, a byte
   * is `undefined`, which is not a token.
   *
   * @returns the index after the value, or `noToken` if it is not JSON or exceeds the limits of an element
   */
  read(bytes: Buffer, start: number): number {
    // The wanted members of the enclosing object; `undefined` in an array.
    let members: WantedMembers | undefined;
    let member: WantedMember | undefined = this.root;
    let isName = false;
    let depth = 0;
    let parts = 0;
    let at = start;
    this.isAscii = true;
    member.forget();
    for (;;) {
      if ((bytes[at] as number) <= space) {
        at = skipWhiteSpace(bytes, at);
      }
      const first = bytes[at];
      if (first === quote) {
        const end = this.#readString(bytes, at);
        if (isName && end !== noToken) {
          member = members === nothing ? undefined : this.#find(members as WantedMembers, bytes, at, end);
          at = bytes[end] === colon ? end : skipWhiteSpace(bytes, end);
          if (bytes[at] !== colon) {
            return noToken;
          }
          at += 1;
          isName = false;
          continue;
        }
        member?.set(at, end, this.#isPlain);
        at = end;
      } else if (isName) {
        return noToken;
      } else if (first === openBrace || first === openBracket) {
        depth += 1;
        parts += 1;
        if (depth > maxDepth) {
          return noToken;
        }
        isName = first === openBrace;
        members = isName ? (member?.members ?? nothing) : undefined;
        member = undefined;
        this.#containers[depth] = members;
        at = skipWhiteSpace(bytes, at + 1);
        if (bytes[at] !== first + 2) {
          continue;
        }
      } else {
        const end = endOfNumberOrWord(bytes, at);
        member?.set(at, end, false);
        at = end;
      }
      if (at === noToken || depth === 0) {
        this.parts = parts;
        return at;
      }
      let next = bytes[at];
      while (next !== comma) {
        if (next === (members === undefined ? closeBracket : closeBrace)) {
          depth -= 1;
          at += 1;
          if (depth === 0) {
            this.parts = parts;
            return parts > maxElementParts ? noToken : at;
          }
          members = this.#containers[depth];
        } else if (isWhiteSpace(next)) {
          at = skipWhiteSpace(bytes, at);
        } else {
          return noToken;
        }
        next = bytes[at];
      }
      parts += 1;
      if (parts > maxElementParts) {
        return noToken;
      }
      at += 1;
      member = undefined;
      isName = members !== undefined;
    }
  }

  /** @param start index of the first quote */
  #readString(bytes: Buffer, start: number): number {
    const at = skipPlain(bytes, start + 1);
    this.#isPlain = bytes[at] === quote;
    if (this.#isPlain) {
      return at + 1;
    }
    const end = endOfString(bytes, at);
    this.isAscii &&= isAscii(bytes, at, end);
    return end;
  }

  #find(members: WantedMembers, bytes: Buffer, start: number, end: number): WantedMember | undefined {
    const member = this.#isPlain
      ? members.findPlain(bytes, start + 1, end - 1)
      : members.findOther(bytes, start, end);
    member?.forget();
    return member;
  }
}
