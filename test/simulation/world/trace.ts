import { createHash } from 'node:crypto';

export interface TraceLine {
  /** Virtual milliseconds since the start of the round. */
  readonly atMs: number;
  readonly who: string;
  readonly what: string;
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
}

function formatLine({ atMs, who, what }: TraceLine): string {
  return `${(atMs / 1_000).toFixed(3).padStart(10)} s  ${who.padEnd(12)}  ${what}`;
}
