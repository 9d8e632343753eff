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
  /** Where a development start keeps the secret that it generates; `undefined` when it must not generate one. */
  readonly generatedSecretDir?: string;
}

export const pathPattern = /^(\/[A-Za-z0-9._~-]+)+$/;
export const pathExpected = 'a path like /webhook (segments of letters, digits, ".", "_", "~", "-")';

/** Adds a problem for each secret that cannot be used now, or for a source without any. */
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
