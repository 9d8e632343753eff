import type { Env } from '../runtime/config-error.ts';
import { createLogger, type Logger, type LogLevel, logLevels } from '../runtime/logger.ts';

/** Commands speak for themselves; what the parts below them log is for who asks for it by `LOG_LEVEL`. */
export function createCommandLogger(env: Env): Logger {
  const level: LogLevel = logLevels.find((known) => known === env.LOG_LEVEL?.toLowerCase()) ?? 'silent';
  return createLogger(level);
}
