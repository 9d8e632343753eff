import type { ConfigProblem } from './config-error.ts';
import { loadSecrets, type SecretSource } from './secret-source.ts';

export interface WebhookConfig {
  readonly name: string;
  readonly path: string;
  readonly secrets: SecretSource;
  readonly topic: string;
  readonly deadLetterTopic: string;
}

export interface WebhookDefaults {
  readonly topic: string;
  readonly deadLetterTopic: string;
  /** Where a development start may keep a secret that it makes; `undefined` when it must not make one. */
  readonly generatedSecretDir?: string;
}

export const pathPattern = /^(\/[A-Za-z0-9._~-]+)+$/;
export const pathExpected = 'a path like /webhook (segments of letters, digits, ".", "_", "~", "-")';

/** Adds a problem when the secrets cannot be used as they are now. */
export function checkSource(variable: string, source: SecretSource, problems: ConfigProblem[]): SecretSource {
  try {
    loadSecrets(source);
  } catch (error) {
    problems.push({ variable, message: `${error instanceof Error ? error.message : String(error)}.` });
  }
  return source;
}
