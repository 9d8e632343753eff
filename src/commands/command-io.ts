import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import type { ReadStream, WriteStream } from 'node:tty';
import { type LogFormat, logFormats } from '../config/process-config.ts';
import type { Env } from '../runtime/config-error.ts';
import { hasCode } from '../runtime/errors.ts';
import { createLogger, type Logger, type LogLevel, logLevels, toStandardError } from '../runtime/logger.ts';
import type { ReadableStyle } from '../runtime/readable-lines.ts';
import type { ProcessSignals } from '../runtime/run-process.ts';
import { toLinePart, toPrintable } from '../runtime/untrusted-text.ts';

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

type LogIo = Pick<CommandIo, 'env' | 'stderr'>;

/** Commands print their own results. Log lines of the modules below appear only when `LOG_LEVEL` is set. */
export function createCommandLogger(io: LogIo): Logger {
  const { LOG_LEVEL, LOG_FORMAT } = io.env;
  const level: LogLevel = logLevels.find((known) => known === LOG_LEVEL?.toLowerCase()) ?? 'silent';
  const format = logFormats.find((known) => known === LOG_FORMAT?.toLowerCase());
  return createLogger(level, toStandardError(chooseLogStyle(format, io)));
}

/**
 * How log lines look on standard error; `undefined` for JSON. Colour follows NO_COLOR and the terminal's own variables.
 *
 * @param format `undefined` when nobody chose one: a person is at a terminal, a program elsewhere
 */
export function chooseLogStyle(
  format: LogFormat | undefined,
  { env, stderr }: LogIo,
): ReadableStyle | undefined {
  const isTerminal = stderr.isTTY === true;
  const chosen = format ?? (isTerminal ? 'text' : 'json');
  return chosen === 'json' ? undefined : { colour: isTerminal && stderr.hasColors?.(env) === true };
}

/** Standard output that may end before the command does, as with `| head`. */
export interface WatchedOutput {
  /** Nobody reads any more. A pipe tells that when it is written to: no call asks it without a byte. */
  readonly closed: AbortSignal;
  /** Resolves when there is room for more; rejects when the text could not be written. */
  write(text: string): Promise<void>;
}

export function watchOutput(stdout: CommandIo['stdout']): WatchedOutput {
  const closing = new AbortController();
  const failed = new AbortController();
  stdout.on('error', (error) => {
    closing.abort();
    if (!hasCode(error, 'EPIPE')) {
      failed.abort(new Error(`standard output cannot be written: ${error.message}`, { cause: error }));
    }
  });
  return {
    closed: closing.signal,
    async write(text) {
      if (!stdout.write(text) && !closing.signal.aborted) {
        await once(stdout, 'drain', { signal: closing.signal }).catch(() => {});
      }
      failed.signal.throwIfAborted();
    },
  };
}
