import { createHash } from 'node:crypto';

export interface TraceLine {
  /** Virtual milliseconds since the start of the round. */
  readonly atMs: number;
  readonly who: string;
  readonly what: string;
  /** What it concerns besides: every event, or those whose ids this text has. Asked for a story alone. */
  readonly about?: 'all' | (() => string) | undefined;
}

/** Frames of a stack, as text or within JSON: they name the files of this machine. */
const stackFrames = /(?:\n|\\n) {4}at (?:[^\n\\"]|\\[^n])*/g;

/** What happened in a round, in order. Two rounds of one seed have the same. */
export class Trace {
  readonly lines: TraceLine[] = [];

  add(line: TraceLine): void {
    this.lines.push(line);
  }

  /** For comparing rounds, also of two machines. */
  digest(): string {
    return createHash('sha256').update(this.toText().replace(stackFrames, '')).digest('hex');
  }

  toText(): string {
    return this.lines.map(formatLine).join('\n');
  }

  /** What concerns these events, with processes, faults, and what was not caught; without events all that concerns no single one. */
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
