import {
  closeBrace,
  closeBracket,
  colon,
  comma,
  endOfNumberOrWord,
  endOfString,
  isAscii,
  isWhiteSpace,
  noToken,
  openBrace,
  openBracket,
  quotationMark,
  skipPlainBytes,
  skipWhiteSpace,
  space,
} from './json-bytes.ts';
import type { PropertyPath } from './key-rules.ts';

/** A member that the scan looks for, and the position of its value in the last scan. */
export class WantedMember {
  /** Wanted members of the value, if the value is an object. */
  readonly members = new WantedMembers();
  /** All wanted members within the value, at any depth. */
  readonly #below: WantedMember[] = [];
  /** Start index of the value if it is a string, a number or a word. 0 if it is absent, an array or an object. */
  start = 0;
  /** Index after the value. */
  end = 0;
  /** Whether the value is a string of printable ASCII without escapes. */
  isPlain = false;
  /** The last plain string without its quotes, cached because the next event often has the same value. */
  lastText = '';
  readonly name: Buffer;

  constructor(name: string) {
    this.name = Buffer.from(name);
  }

  set(start: number, end: number, isPlain: boolean): void {
    this.start = start;
    this.end = end;
    this.isPlain = isPlain;
  }

  /**
   * Clears the positions of the member and of all members within it. If several members have the same name, only the
   * last one counts, as in JSON.parse.
   */
  forget(): void {
    this.start = 0;
    for (let index = 0; index < this.#below.length; index += 1) {
      (this.#below[index] as WantedMember).start = 0;
    }
  }

  /** Adds the member at the end of a path to the wanted members. */
  want(path: PropertyPath): WantedMember {
    const way: WantedMember[] = [this];
    for (const name of path) {
      const parentMember = way.at(-1) as WantedMember;
      const existingMember = parentMember.members.get(name);
      const childMember = existingMember ?? parentMember.members.add(new WantedMember(name), name);
      if (existingMember === undefined) {
        for (const member of way) {
          member.#below.push(childMember);
        }
      }
      way.push(childMember);
    }
    return way.at(-1) as WantedMember;
  }
}

export class WantedMembers {
  readonly #byName = new Map<string, WantedMember>();
  /** Wanted members, grouped by the number of bytes in their name. */
  readonly #byLength: WantedMember[][] = [];

  add(member: WantedMember, name: string): WantedMember {
    const { length } = member.name;
    while (this.#byLength.length <= length) {
      this.#byLength.push([]);
    }
    this.#byLength[length]?.push(member);
    this.#byName.set(name, member);
    return member;
  }

  get(name: string): WantedMember | undefined {
    return this.#byName.get(name);
  }

  /** Finds a member whose name is printable ASCII without escapes. The range excludes the quotes. */
  findPlain(bytes: Buffer, start: number, end: number): WantedMember | undefined {
    const length = end - start;
    if (length >= this.#byLength.length) {
      return undefined;
    }
    const members = this.#byLength[length] as WantedMember[];
    for (let index = 0; index < members.length; index += 1) {
      const member = members[index] as WantedMember;
      if (isNameAt(bytes, start, member.name)) {
        return member;
      }
    }
    return undefined;
  }

  /** Finds a member whose name contains escapes or non-ASCII characters. The range includes the quotes. */
  findOther(bytes: Buffer, start: number, end: number): WantedMember | undefined {
    return this.#byName.size === 0
      ? undefined
      : this.#byName.get(JSON.parse(bytes.toString('utf8', start, end)) as string);
  }
}

function isNameAt(bytes: Buffer, start: number, name: Buffer): boolean {
  for (let index = 0; index < name.length; index += 1) {
    if (bytes[start + index] !== name[index]) {
      return false;
    }
  }
  return true;
}

/** Maximum nesting depth. This is the default of Jackson, a common JSON library, so few consumers could read deeper events. */
export const maxDepth = 1_000;

/** Maximum number of opening brackets and commas in one element. The provider's events have about thirty. */
export const maxElementTokens = 10_000;

/** Selects no members, so that an object is scanned without extracting anything. */
const noMembers = new WantedMembers();

/**
 * Scans JSON (RFC 8259) as strictly as JSON.parse, and finds the values of wanted members. Unlike JSON.parse, it does
 * not allocate objects or strings, and takes half the time (docs/decisions/002-original-bytes.md). One instance can
 * scan many values in turn.
 */
export class JsonScan {
  /** The scanned value. If the value is an object, the positions of its wanted members are known. */
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
      const firstByte = bytes[at];
      if (firstByte === quotationMark) {
        const end = this.#readString(bytes, at);
        if (isName && end !== noToken) {
          member = members === noMembers ? undefined : this.#find(members as WantedMembers, bytes, at, end);
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
      } else if (firstByte === openBrace || firstByte === openBracket) {
        depth += 1;
        parts += 1;
        if (depth > maxDepth) {
          return noToken;
        }
        isName = firstByte === openBrace;
        members = isName ? (member?.members ?? noMembers) : undefined;
        member = undefined;
        this.#containers[depth] = members;
        at = skipWhiteSpace(bytes, at + 1);
        if (bytes[at] !== firstByte + 2) {
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
      let nextByte = bytes[at];
      while (nextByte !== comma) {
        if (nextByte === (members === undefined ? closeBracket : closeBrace)) {
          depth -= 1;
          at += 1;
          if (depth === 0) {
            this.parts = parts;
            return parts > maxElementTokens ? noToken : at;
          }
          members = this.#containers[depth];
        } else if (isWhiteSpace(nextByte)) {
          at = skipWhiteSpace(bytes, at);
        } else {
          return noToken;
        }
        nextByte = bytes[at];
      }
      parts += 1;
      if (parts > maxElementTokens) {
        return noToken;
      }
      at += 1;
      member = undefined;
      isName = members !== undefined;
    }
  }

  /** @param start index of the opening quote */
  #readString(bytes: Buffer, start: number): number {
    const at = skipPlainBytes(bytes, start + 1);
    this.#isPlain = bytes[at] === quotationMark;
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
