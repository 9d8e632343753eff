import { createHash } from 'node:crypto';

export interface TraceLine {
  /** Virtual milliseconds since the start of the round. */
  readonly atMs: number;
  readonly who: string;
  readonly what: string;
  /**
   * Ids of the events that the line concerns. `all` stands for every event. The function returns a text that contains
   * the ids, and is only called when the story of an event is printed.
   */
  readonly about?: 'all' | (() => string) | undefined;
}

/** Matches stack frames, in plain text or in JSON. Stack frames contain file names that differ between machines. */
const stackFrames = /(?:\n|\\n) {4}at (?:[^\n\\"]|\\[^n])*/g;

/** Trace of a round, in order. Two rounds with the same seed have equal traces. */
export class Trace {
  readonly lines: TraceLine[] = [];

  add(line: TraceLine): void {
    this.lines.push(line);
  }

  /** Digest that makes rounds comparable, even across machines. */
  digest(): string {
    return createHash('sha256').update(this.toText().replace(stackFrames, '')).digest('hex');
  }

  toText(): string {
    return this.lines.map(formatLine).join('\n');
  }

  /**
   * Returns the trace lines about these events, and all lines about processes, faults and uncaught errors. If no events
   * are given, returns all lines except those about a single event.
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
