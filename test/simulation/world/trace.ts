import { createHash } from 'node:crypto';

export interface TraceLine {
  /** Virtual milliseconds since the start of the round. */
  readonly atMs: number;
  readonly who: string;
  readonly what: string;
  /** Events that the line is about: all, or those whose ids the text contains. Evaluated only for a story. */
  readonly about?: 'all' | (() => string) | undefined;
}

/** Matches stack frames, as text or in JSON, because they contain file names of this machine. */
const stackFrames = /(?:\n|\\n) {4}at (?:[^\n\\"]|\\[^n])*/g;

/** Trace of a round, in order. Two rounds of one seed have equal traces. */
export class Trace {
  readonly lines: TraceLine[] = [];

  add(line: TraceLine): void {
    this.lines.push(line);
  }

  /** Digest for comparing rounds, even across machines. */
  digest(): string {
    return createHash('sha256').update(this.toText().replace(stackFrames, '')).digest('hex');
  }

  toText(): string {
    return this.lines.map(formatLine).join('\n');
  }

  /**
   * Returns lines about these events, with processes, faults and uncaught errors. Without events, it returns lines
   * about no single event.
   */
  tellOf(ids: readonly string[]): TraceLine[] {
    const isNamed = (text: string) => ids.some((id) => new RegExp(`${id}(?!\\d)`).test(text));
    return this.lines.filter(({ who, what, about }) =>
      typeof about === 'function'
        ? isNamed(`${what} ${about()}`)
        : ids.length === 0 || about === 'all' || who === 'fault' || who === 'world' || isNamed(what),
    );
  }
}

export function formatLine({ atMs, who, what }: TraceLine): string {
  return `${(atMs / 1_000).toFixed(3).padStart(10)} s  ${who.padEnd(12)}  ${what}`;
}
