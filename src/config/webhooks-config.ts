import { join } from 'node:path';
import type { ConfigProblem, Env } from '../runtime/config-error.ts';
import type { SecretSource } from './secret-source.ts';
import { patternVariable, readVariables, textVariable } from './variables.ts';
import {
  checkSource,
  pathExpected,
  pathPattern,
  toWebhookTopics,
  type WebhookConfig,
  type WebhookDefaults,
} from './webhook-config.ts';
import { readWebhooksFile } from './webhooks-file.ts';

export const webhookEntries = {
  WEBHOOK_PATH: patternVariable('/webhook', pathPattern, pathExpected),
  WEBHOOK_SECRET: textVariable(undefined),
  WEBHOOK_SECRET_PREVIOUS: textVariable(undefined),
  WEBHOOK_SECRETS_DIR: textVariable(undefined),
  WEBHOOKS_FILE: textVariable(undefined),
};

type SingleVariables = ReturnType<typeof readVariables<typeof webhookEntries>>;

/** The registrations, one or many. Secrets that cannot be read are problems too. */
export function readWebhooksConfig(
  env: Env,
  defaults: WebhookDefaults,
  problems: ConfigProblem[],
): readonly WebhookConfig[] {
  const read = readVariables(webhookEntries, env, problems);
  if (read.WEBHOOKS_FILE !== undefined) {
    if (read.WEBHOOK_SECRET ?? read.WEBHOOK_SECRETS_DIR) {
      problems.push({
        variable: 'WEBHOOKS_FILE',
        message: 'is set together with WEBHOOK_SECRET or WEBHOOK_SECRETS_DIR: keep one of the two forms.',
      });
    }
    return readWebhooksFile(read.WEBHOOKS_FILE, defaults, problems);
  }
  const secrets = readSingleSource(read, defaults, problems);
  return secrets === undefined
    ? []
    : [{ name: 'default', path: read.WEBHOOK_PATH, secrets, ...toWebhookTopics(defaults.topics) }];
}

function readSingleSource(
  read: SingleVariables,
  { generatedSecretDir }: WebhookDefaults,
  problems: ConfigProblem[],
): SecretSource | undefined {
  const { WEBHOOK_SECRET: current, WEBHOOK_SECRET_PREVIOUS: previous, WEBHOOK_SECRETS_DIR: directory } = read;
  if (directory !== undefined) {
    if (current ?? previous) {
      problems.push({
        variable: 'WEBHOOK_SECRETS_DIR',
        message: 'is set together with WEBHOOK_SECRET: keep one of the two.',
      });
    }
    return checkSource('WEBHOOK_SECRETS_DIR', { kind: 'directory', directory }, problems);
  }
  if (current !== undefined) {
    const secrets = [
      { label: 'current', value: current },
      ...(previous === undefined ? [] : [{ label: 'previous', value: previous }]),
    ];
    return checkSource('WEBHOOK_SECRET', { kind: 'values', secrets }, problems);
  }
  if (generatedSecretDir !== undefined) {
    return { kind: 'generated', file: join(generatedSecretDir, 'secret') };
  }
  problems.push({
    variable: 'WEBHOOK_SECRETS_DIR',
    message:
      'is missing, and so is WEBHOOK_SECRET: without a secret nothing that arrives can be trusted. Set WEBHOOK_SECRET to the secret of the registration, or WEBHOOK_SECRETS_DIR to a directory that holds it as a file.',
  });
  return undefined;
}
