import type { CommandConfig } from '../config/command-config.ts';
import { findGoneVariables } from '../config/gone-variables.ts';
import { isProduction } from '../config/stores.ts';
import { findUnusedVariables, type UnusedVariable } from '../config/unused-variables.ts';
import { singleWebhookName } from '../config/webhook-config.ts';
import { ConfigError, type Env } from '../runtime/config-error.ts';
import type { Logger } from '../runtime/logger.ts';
import { findNearest } from '../runtime/near-names.ts';
import { type CommandIo, writeLine } from './command-io.ts';

interface LoadedConfig<T> {
  readonly config: T;
  /** What to warn of. */
  readonly unread: readonly UnusedVariable[];
}

/**
 * Reads a configuration, and looks for variables that have no effect. In production they keep it from starting, because
 * nobody may be there to read a warning. Elsewhere a shell may have variables of other programs. With a name of before
 * nothing starts anywhere.
 *
 * @throws {ConfigError} with every problem at once
 */
export function loadConfig<T>(
  env: Env,
  load: (env: Env) => T,
  unread: readonly UnusedVariable[] = findUnusedVariables(env),
): LoadedConfig<T> {
  const gone = findGoneVariables(env);
  let config: T;
  try {
    config = load(env);
  } catch (error) {
    // A misspelt name is often why another variable is missing, so it comes first.
    throw error instanceof ConfigError ? new ConfigError([...gone, ...unread, ...error.problems]) : error;
  }
  const refused = unread.filter(({ isSure }) => isSure && isProduction(env));
  ConfigError.throwIfAny(gone.length > 0 ? [...gone, ...unread] : refused);
  return { config, unread };
}

/** What is only warned of. One rule for all: what is sure ends a start in production, and nowhere else. */
export function describeWarning({ variable, message, isSure }: UnusedVariable): string {
  const later = isSure ? ' With NODE_ENV=production nothing starts so.' : '';
  return `${variable}: ${message}${later}`;
}

/** For a process that logs. */
export function logUnread(logger: Logger, unread: readonly UnusedVariable[]): void {
  for (const each of unread) {
    logger.warn({ variable: each.variable }, describeWarning(each));
  }
}

/** For a command that prints: reads its configuration, and warns on standard error. */
export function loadAndWarn<T>(
  io: CommandIo,
  load: (env: Env) => T,
  find: (env: Env) => readonly UnusedVariable[] = findUnusedVariables,
): T {
  const { config, unread } = loadConfig(io.env, load, find(io.env));
  for (const each of unread) {
    writeLine(io.stderr, `warning: ${describeWarning(each)}`);
  }
  return config;
}

/** Names of the registrations that the receiver has, none of whose secrets is read. */
export function listWebhookNames({ webhookTopics }: Pick<CommandConfig, 'webhookTopics'>): string[] {
  return webhookTopics.length === 0 ? [singleWebhookName] : webhookTopics.map(({ webhook }) => webhook);
}

/** That a registration is not known, and which one may be meant, as a sentence for the user. */
export function describeUnknownWebhook(name: string, known: readonly string[]): string {
  const nearest = findNearest(name, known);
  const meant = nearest === undefined ? `known: ${known.join(', ')}` : `did you mean "${nearest}"?`;
  return `--webhook: no registration of this configuration is named "${name}": ${meant}`;
}
