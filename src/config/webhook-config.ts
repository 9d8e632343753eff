import type { ConfigProblem } from '../runtime/config-error.ts';
import { readSecrets, type SecretSource } from './secret-source.ts';

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

/** Adds a problem for each secret that cannot be used as it is now, and one when there is none. */
export function checkSource(variable: string, source: SecretSource, problems: ConfigProblem[]): SecretSource {
  const { secrets, faults } = readSecrets(source);
  for (const { message } of faults) {
    problems.push({ variable, message: `${message}.` });
  }
  if (secrets.length === 0 && faults.length === 0) {
    problems.push({ variable, message: 'there is no secret in it.' });
  }
  return source;
}
