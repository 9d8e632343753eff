import { logFormats } from '../config/log-config.ts';
import { createLogger, type Logger, type LogLevel, logLevels, toStandardError } from '../runtime/logger.ts';
import { chooseLogStyle, type LogIo } from './log-style.ts';

/** Commands print their own results. Log lines of the modules below appear only when `LOG_LEVEL` is set. */
export function createCommandLogger(io: LogIo): Logger {
  const { LOG_LEVEL, LOG_FORMAT } = io.env;
  const level: LogLevel = logLevels.find((known) => known === LOG_LEVEL?.toLowerCase()) ?? 'silent';
  const format = logFormats.find((known) => known === LOG_FORMAT?.toLowerCase());
  return createLogger(level, toStandardError(chooseLogStyle(format, io)));
}
