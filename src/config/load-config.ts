import { ConfigError, type Env } from '../runtime/config-error.ts';
import { isProduction } from './store-config.ts';
import { findUnreadVariables, type UnreadVariable } from './unread-variables.ts';

export interface LoadedConfig<T> {
  readonly config: T;
  /** What to warn of. */
  readonly unread: readonly UnreadVariable[];
}

/**
 * Reads a configuration, and looks for variables that have no effect. In production they keep it from starting, because
 * nobody may be there to read a warning. Elsewhere a shell may have variables of other programs.
 *
 * @throws {ConfigError} with every problem at once
 */
export function loadConfig<T>(
  env: Env,
  load: (env: Env) => T,
  unread: readonly UnreadVariable[] = findUnreadVariables(env),
): LoadedConfig<T> {
  let config: T;
  try {
    config = load(env);
  } catch (error) {
    // A misspelt name is often why another variable is missing, so it comes first.
    throw error instanceof ConfigError ? new ConfigError([...unread, ...error.problems]) : error;
  }
  ConfigError.throwIfAny(unread.filter(({ isSure }) => isSure && isProduction(env)));
  return { config, unread };
}
