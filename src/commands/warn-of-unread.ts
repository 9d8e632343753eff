import { loadConfig } from '../config/load-config.ts';
import { findUnreadVariables, type UnreadVariable } from '../config/unread-variables.ts';
import type { Env } from '../runtime/config-error.ts';
import type { Logger } from '../runtime/logger.ts';
import { type CommandIo, writeText } from './command-io.ts';

/** For a process that logs. */
export function logUnread(logger: Logger, unread: readonly UnreadVariable[]): void {
  for (const { variable, message } of unread) {
    logger.warn({ variable }, `${variable}: ${message}`);
  }
}

/** For a command that prints: reads its configuration, and warns on standard error. */
export function loadAndWarn<T>(
  io: CommandIo,
  load: (env: Env) => T,
  find: (env: Env) => readonly UnreadVariable[] = findUnreadVariables,
): T {
  const { config, unread } = loadConfig(io.env, load, find(io.env));
  for (const { variable, message } of unread) {
    writeText(io.stderr, `warning: ${variable}: ${message}\n`);
  }
  return config;
}
