import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import type { ReadStream, WriteStream } from 'node:tty';
import { type LogFormat, logFormats } from '../config/process-config.ts';
import type { Env } from '../runtime/config-error.ts';
import { hasCode } from '../runtime/errors.ts';
import {
  createLogger,
  createStandardErrorDestination,
  type Logger,
  type LogLevel,
  logLevels,
} from '../runtime/logger.ts';
import type { ReadableStyle } from '../runtime/readable-lines.ts';
import type { ProcessSignals } from '../runtime/run-process.ts';
import { toPrintable, toSingleLineText } from '../runtime/untrusted-text.ts';

/**
 * The process resources that a command uses. Commands write data to standard output and everything else to standard
 * error.
 */
export interface CommandIo {
  readonly env: Env;
  readonly stdin?: Readable & Partial<Pick<ReadStream, 'isTTY'>>;
  readonly stdout: Writable & Partial<Pick<WriteStream, 'isTTY' | 'hasColors'>>;
  readonly stderr: Writable & Partial<Pick<WriteStream, 'isTTY' | 'hasColors'>>;
  readonly signals: ProcessSignals;
  exit(code: number): void;
}

/** Writes text that may contain untrusted input, such as an HTTP response or a record header. Escapes control characters. */
export function writeText(stream: Writable, text: string): void {
  stream.write(toPrintable(text));
}

/** Writes exactly one line: line breaks in the text are escaped. */
export function writeLine(stream: Writable, text: string): void {
  stream.write(`${toSingleLineText(text)}\n`);
}

/** Maximum width of a column, which is enough for a topic name of 249 characters. */
const maxColumnWidth = 250;

/**
 * Formats rows as aligned columns, one line for each row. A column is as wide as its widest cell, up to
 * `maxColumnWidth`.
 */
export function formatTable(cells: readonly (readonly string[])[]): string {
  const rows = cells.map((row) => row.map((cell) => toSingleLineText(cell)));
  const columnWidths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) {
      columnWidths[column] = Math.min(maxColumnWidth, Math.max(columnWidths[column] ?? 0, cell.length));
    }
  }
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(columnWidths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

type LoggerIo = Pick<CommandIo, 'env' | 'stderr'>;

/** Creates the logger of a command that prints its own result: it writes log lines only if `LOG_LEVEL` is set. */
export function createCommandLogger(io: LoggerIo): Logger {
  const { LOG_LEVEL, LOG_FORMAT } = io.env;
  const level: LogLevel = logLevels.find((known) => known === LOG_LEVEL?.toLowerCase()) ?? 'silent';
  const format = logFormats.find((known) => known === LOG_FORMAT?.toLowerCase());
  return createLogger(level, createStandardErrorDestination(chooseLogStyle(format, io)));
}

/**
 * Chooses the style of log lines on standard error; `undefined` means JSON. NO_COLOR and the terminal's variables
 * determine whether lines are coloured.
 *
 * @param format the configured format; if `undefined`, a terminal gets text and anything else gets JSON
 */
export function chooseLogStyle(
  format: LogFormat | undefined,
  { env, stderr }: LoggerIo,
): ReadableStyle | undefined {
  const isTerminal = stderr.isTTY === true;
  const chosenFormat = format ?? (isTerminal ? 'text' : 'json');
  return chosenFormat === 'json' ? undefined : { colour: isTerminal && stderr.hasColors?.(env) === true };
}

/** Standard output whose reader may close it before the command ends, as with `| head`. */
export interface WatchedOutput {
  /** Signal that is aborted once the reader has closed the pipe. A closed pipe is detected only by a write. */
  readonly closed: AbortSignal;
  /** Resolves when the stream accepts more text; rejects if the text could not be written. */
  write(text: string): Promise<void>;
}

export function watchOutput(stdout: CommandIo['stdout']): WatchedOutput {
  const outputCloseController = new AbortController();
  const writeFailureController = new AbortController();
  stdout.on('error', (error) => {
    outputCloseController.abort();
    if (!hasCode(error, 'EPIPE')) {
      writeFailureController.abort(
        new Error(`cannot write to standard output: ${error.message}`, { cause: error }),
      );
    }
  });
  return {
    closed: outputCloseController.signal,
    async write(text) {
      if (!stdout.write(text) && !outputCloseController.signal.aborted) {
        await once(stdout, 'drain', { signal: outputCloseController.signal }).catch(() => {});
      }
      writeFailureController.signal.throwIfAborted();
    },
  };
}
