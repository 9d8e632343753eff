import type { Readable, Writable } from 'node:stream';
import type { ReadStream, WriteStream } from 'node:tty';
import type { Env } from '../runtime/config-error.ts';
import { toLinePart, toPrintable } from '../runtime/foreign-text.ts';
import type { ProcessSignals } from '../runtime/run-process.ts';

/** The parts of its process that a command uses. Standard output carries data, standard error everything else. */
export interface CommandIo {
  readonly env: Env;
  /** Where a person answers. */
  readonly stdin?: Readable & Partial<Pick<ReadStream, 'isTTY'>>;
  readonly stdout: Writable & Partial<Pick<WriteStream, 'isTTY' | 'hasColors'>>;
  readonly stderr: Writable & Partial<Pick<WriteStream, 'isTTY' | 'hasColors'>>;
  readonly signals: ProcessSignals;
  exit(code: number): void;
}

/** Writes text that may hold what others have written, such as an answer or a header of a record. */
export function writeText(stream: Writable, text: string): void {
  stream.write(toPrintable(text));
}

/** Writes one line, whatever the text holds. */
export function writeLine(stream: Writable, text: string): void {
  stream.write(`${toLinePart(text)}\n`);
}

/** A name of a topic has up to 249 characters. */
const maxColumnWidth = 250;

/** Columns as wide as their widest cell, up to a bound; the last one is not padded. Each row is one line, whatever its cells hold. */
export function formatTable(cells: readonly (readonly string[])[]): string {
  const rows = cells.map((row) => row.map((cell) => toLinePart(cell)));
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) {
      widths[column] = Math.min(maxColumnWidth, Math.max(widths[column] ?? 0, cell.length));
    }
  }
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}
