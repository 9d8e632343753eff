import { join } from 'node:path';
import type { ConfigProblem } from '../runtime/config-error.ts';
import { readSecrets, type SecretSource } from './secret-source.ts';
import type { TopicNamesWithRules } from './topic-names.ts';
import { definePatternVariable, defineTextVariable, type Values } from './variables.ts';

export interface WebhookConfig {
  readonly name: string;
  readonly path: string;
  readonly secrets: SecretSource;
  readonly topics: TopicNamesWithRules;
}

export interface WebhookDefaults {
  readonly topics: TopicNamesWithRules;
  /** The directory for a generated development secret. Absent if no secret may be generated. */
  readonly generatedSecretDir?: string;
}

/** Name of the registration that the environment variables define. */
export const singleWebhookName = 'default';

export const webhookPath = {
  pattern: /^(\/[A-Za-z0-9._~-]+)+$/,
  expected: 'a path like /webhook (segments of letters, digits, ".", "_", "~", "-")',
};

export const webhookVariables = {
  path: definePatternVariable('WEBHOOK_PATH', webhookPath, '/webhook'),
  current: defineTextVariable('WEBHOOK_SECRET'),
  previous: defineTextVariable('WEBHOOK_SECRET_PREVIOUS'),
  directory: defineTextVariable('WEBHOOK_SECRETS_DIR'),
  file: defineTextVariable('WEBHOOKS_FILE'),
};

/**
 * Builds the registration that the environment variables define. Without a secret, adds a problem and returns an empty list.
 */
export function createSingleWebhook(
  read: Values<typeof webhookVariables>,
  defaults: WebhookDefaults,
  problems: ConfigProblem[],
): readonly WebhookConfig[] {
  const secrets = toSecretSource(read, defaults, problems);
  if (secrets === undefined) {
    return [];
  }
  const webhook = { name: singleWebhookName, path: read.path, secrets, topics: defaults.topics };
  requireUsableSecret(
    secrets.kind === 'directory' ? 'WEBHOOK_SECRETS_DIR' : 'WEBHOOK_SECRET',
    [webhook],
    problems,
  );
  return [webhook];
}

function toSecretSource(
  { current, previous, directory }: Values<typeof webhookVariables>,
  { generatedSecretDir }: WebhookDefaults,
  problems: ConfigProblem[],
): SecretSource | undefined {
  if (directory !== undefined) {
    if (current !== undefined) {
      problems.push({
        variable: 'WEBHOOK_SECRETS_DIR',
        message: 'is set together with WEBHOOK_SECRET: keep only one of the two.',
      });
    }
    return { kind: 'directory', directory };
  }
  if (current !== undefined) {
    const secrets = [
      { label: 'current', value: current },
      ...(previous === undefined ? [] : [{ label: 'previous', value: previous }]),
    ];
    return { kind: 'values', secrets };
  }
  if (generatedSecretDir !== undefined) {
    return { kind: 'generated', file: join(generatedSecretDir, 'secret') };
  }
  problems.push({
    variable: 'WEBHOOK_SECRETS_DIR',
    message:
      'is missing, and so is WEBHOOK_SECRET: without a secret, signatures cannot be checked. Set WEBHOOK_SECRET to the secret of the registration, or WEBHOOK_SECRETS_DIR to a directory that contains the secret as a file.',
  });
  return undefined;
}

/**
 * Adds a problem for each invalid secret if no registration has a valid secret, because no delivery could be accepted.
 * Otherwise, an invalid secret does not prevent the start, because the provider may sign with a valid secret.
 */
export function requireUsableSecret(
  variable: string,
  webhooks: readonly Pick<WebhookConfig, 'secrets'>[],
  problems: ConfigProblem[],
): void {
  // The development secret is generated later.
  const webhookSecrets = webhooks.map(({ secrets }) =>
    secrets.kind === 'generated' ? undefined : readSecrets(secrets),
  );
  if (webhookSecrets.some((each) => each === undefined || each.secrets.length > 0)) {
    return;
  }
  for (const each of webhookSecrets) {
    const messages = each?.problems.map(({ message }) => `${message}.`) ?? [];
    for (const message of messages.length === 0 ? ['contains no secret.'] : messages) {
      problems.push({ variable, message });
    }
  }
}
