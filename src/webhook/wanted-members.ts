import type { PropertyPath } from './key-rules.ts';

/** A wanted member, and the position of its value in the last scan. */
export class WantedMember {
  /** Wanted members of the value, if the value is an object. */
  readonly members = new WantedMembers();
  /** All wanted members within the value, at any depth. */
  readonly #below: WantedMember[] = [];
  /** Index of a value that is a string, a number or a word. 0 if the value is absent, an array or an object. */
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

  /** Clears the position. If several members have the same name, only the last member counts, as in JSON.parse. */
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
      const last = way.at(-1) as WantedMember;
      const known = last.members.get(name);
      const next = known ?? last.members.add(new WantedMember(name), name);
      if (known === undefined) {
        for (const member of way) {
          member.#below.push(next);
        }
      }
      way.push(next);
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
      if (isAt(bytes, start, member.name)) {
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

function isAt(bytes: Buffer, start: number, name: Buffer): boolean {
  for (let index = 0; index < name.length; index += 1) {
    if (bytes[start + index] !== name[index]) {
      return false;
    }
  }
  return true;
}
