import type { Env } from '../runtime/config-error.ts';
import { createLogger, type Logger, type LogLevel, logLevels } from '../runtime/logger.ts';

/** Commands print their own results. Log lines of the modules below appear only when `LOG_LEVEL` is set. */
export function createCommandLogger(env: Env): Logger {
  const level: LogLevel = logLevels.find((known) => known === env.LOG_LEVEL?.toLowerCase()) ?? 'silent';
  return createLogger(level);
}
