import { type LogFormat, logFormats } from '../config/process-config.ts';
import { createLogger, type Logger, type LogLevel, logLevels, toStandardError } from '../runtime/logger.ts';
import type { ReadableStyle } from '../runtime/readable-lines.ts';
import type { CommandIo } from './command-io.ts';

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
