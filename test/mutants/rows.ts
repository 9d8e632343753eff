import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';
import type { Mutant } from './mutant.ts';
import { rules } from './mutant.ts';

/** A mutant, together with its result. */
export interface Row {
  /** Identifies the mutant by its position and its change. */
  readonly key: string;
  /** Name of the check ("judge") that detected the mutant, or one of the words below. */
  readonly by: string;
  readonly seconds: number;
}

export const lives = 'LIVES';
/** A check failed, but the cause may be the load of the machine and not the mutant. */
export const timedOut = 'timed out';
const unsettled = [timedOut, 'not judged'];
/** The mutant prevents the simulation from starting any round, and no earlier check detected the mutant. */
export const notLoaded = 'does not load';
/**
 * Results that count neither as detected nor as undetected. If an undetected mutant does not change the behaviour, a
 * person replaces `LIVES` with `equivalent`.
 */
export const notCounted = ['types', 'equivalent', notLoaded, ...unsettled];

const head = 'place,rule,change,found by,seconds,what it said';

/**
 * A table that is written row by row, to a file or only to the screen. After an interruption, the run continues with
 * the remaining mutants and repeats those without a final result.
 */
export class Rows {
  /** The most recent row of each mutant, by key. */
  readonly #rows = new Map<string, Row>();
  readonly #file: string | undefined;

  constructor(file: string | undefined) {
    this.#file = file;
    if (file !== undefined && existsSync(file)) {
      const found = readFileSync(file, 'utf8').split('\n').flatMap(readRow);
      for (const row of found.filter(({ by }) => !unsettled.includes(by))) {
        this.#rows.set(row.key, row);
      }
    } else {
      this.note(head);
    }
  }

  find(mutant: Mutant, text: string): Row | undefined {
    return this.#rows.get(toCells(mutant, text).join(','));
  }

  add(
    mutant: Mutant,
    text: string,
    { by, what, seconds }: Omit<Row, 'key'> & { readonly what: string },
  ): void {
    const key = toCells(mutant, text).join(',');
    this.#rows.set(key, { key, by, seconds });
    this.note(`${key},${by},${seconds.toFixed(1)},${toCell(what, 200)}`);
  }

  note(line: string): void {
    process.stdout.write(`${line}\n`);
    if (this.#file !== undefined) {
      appendFileSync(this.#file, `${line}\n`);
    }
  }
}

function toCells(mutant: Mutant, text: string): readonly string[] {
  const before = text.slice(mutant.start, mutant.end);
  return [
    `src/${mutant.file}:${mutant.line}`,
    toCell(rules[mutant.rule], 200),
    toCell(`${shorten(before)} → ${shorten(mutant.replacement)}`, 200),
  ];
}

function shorten(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length > 70 ? `${line.slice(0, 69)}…` : line;
}

function toCell(text: string, most: number): string {
  const line = stripVTControlCharacters(text).replaceAll(/\s+/g, ' ').trim().slice(0, most);
  return /[",]/.test(line) ? `"${line.replaceAll('"', '""')}"` : line;
}

function readRow(line: string): readonly Row[] {
  const parts =
    /^(src\/(?:[^,"]|"(?:[^"]|"")*")*,(?:[^,"]|"(?:[^"]|"")*")*,(?:[^,"]|"(?:[^"]|"")*")*),([^,]*),([\d.]+),/.exec(
      line,
    );
  const [, key, by, seconds] = parts ?? [];
  return key === undefined || by === undefined ? [] : [{ key, by, seconds: Number(seconds) }];
}
