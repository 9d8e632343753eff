import type { CommandConfig } from '../config/command-config.ts';
import { isProduction } from '../config/stores.ts';
import { findUnusedVariables, type UnusedVariable } from '../config/unused-variables.ts';
import { singleWebhookName } from '../config/webhook-config.ts';
import { ConfigError, type Env } from '../runtime/config-error.ts';
import type { Logger } from '../runtime/logger.ts';
import { findNearest } from '../runtime/similar-names.ts';
import { type CommandIo, writeLine } from './command-io.ts';

interface LoadedConfig<T> {
  readonly config: T;
  /** Variables that have no effect and cause a warning. */
  readonly unused: readonly UnusedVariable[];
}

/**
 * Loads a configuration and looks for variables that have no effect. In production, variables without effect are
 * errors, because a warning may go unread. Outside production, such variables cause warnings, because a shell may
 * contain variables of other programs.
 *
 * @throws {ConfigError} with every problem at once
 */
export function loadConfig<T>(
  env: Env,
  load: (env: Env) => T,
  unused: readonly UnusedVariable[] = findUnusedVariables(env),
): LoadedConfig<T> {
  let config: T;
  try {
    config = load(env);
  } catch (error) {
    // Lists unknown names first, because a misspelled name is often the reason why another variable is missing.
    throw error instanceof ConfigError ? new ConfigError([...unused, ...error.problems]) : error;
  }
  ConfigError.throwIfAny(unused.filter(({ isSure }) => isSure && isProduction(env)));
  return { config, unused };
}

/**
 * Describes a variable without effect as a warning. If the finding is certain, the warning says that production would
 * treat it as an error.
 */
export function describeWarning({ variable, message, isSure }: UnusedVariable): string {
  const productionAdvice = isSure ? ' With NODE_ENV=production, this is an error.' : '';
  return `${variable}: ${message}${productionAdvice}`;
}

/** Logs a warning for each variable without effect. Used by server processes. */
export function logUnusedVariables(logger: Logger, unused: readonly UnusedVariable[]): void {
  for (const each of unused) {
    logger.warn({ variable: each.variable }, describeWarning(each));
  }
}

/** Loads the configuration of a command and prints warnings on standard error. */
export function loadConfigWithWarnings<T>(
  io: CommandIo,
  load: (env: Env) => T,
  find: (env: Env) => readonly UnusedVariable[] = findUnusedVariables,
): T {
  const { config, unused } = loadConfig(io.env, load, find(io.env));
  for (const each of unused) {
    writeLine(io.stderr, `warning: ${describeWarning(each)}`);
  }
  return config;
}

/** Lists the names of the receiver's registrations without reading their secrets. */
export function listWebhookNames({ webhookTopics }: Pick<CommandConfig, 'webhookTopics'>): string[] {
  return webhookTopics.length === 0 ? [singleWebhookName] : webhookTopics.map(({ webhook }) => webhook);
}

/** Reports an unknown registration, and suggests a similar name or lists all names. */
export function describeUnknownWebhook(name: string, known: readonly string[]): string {
  const nearest = findNearest(name, known);
  const hint =
    nearest === undefined ? `Configured registrations: ${known.join(', ')}.` : `Did you mean "${nearest}"?`;
  return `--webhook: the configuration has no registration named "${name}". ${hint}`;
}
