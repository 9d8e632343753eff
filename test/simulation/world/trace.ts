import { createHash } from 'node:crypto';

export interface TraceLine {
  /** Virtual milliseconds since the start of the round. */
  readonly atMs: number;
  readonly who: string;
  readonly what: string;
  /**
   * Ids of the events that the line concerns: all events, or the events whose ids the text contains. The ids are
   * evaluated only for a story.
   */
  readonly about?: 'all' | (() => string) | undefined;
}

/** Matches stack frames, as text or in JSON. Stack frames contain file names of this machine. */
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
   * Returns the trace lines about these events, together with lines about processes, faults and uncaught errors. If no
   * events are given, returns the lines that do not concern a single event.
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
