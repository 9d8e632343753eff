import { join } from 'node:path';
import type { ConfigProblem } from '../runtime/config-error.ts';
import type { TopicRules } from '../webhook/topic-rules.ts';
import { readSecrets, type SecretSource } from './secret-source.ts';
import { listTopics, type RoutedTopics, type TopicNames } from './topic-names.ts';
import { patternVariable, textVariable, type Values } from './variables.ts';

export interface WebhookConfig {
  readonly name: string;
  readonly path: string;
  readonly secrets: SecretSource;
  readonly topic: string;
  readonly deadLetterTopic: string;
  /** Of the states of the events in `topic`. */
  readonly latestTopic: string;
  /** Other topics for some of its events; absent when all go to `topic`. */
  readonly topicRules?: TopicRules;
}

export interface WebhookDefaults {
  readonly topics: RoutedTopics;
  /** Where a development start keeps the secret that it generates; `undefined` when it must not generate one. */
  readonly generatedSecretDir?: string;
}

export const webhookPath = {
  pattern: /^(\/[A-Za-z0-9._~-]+)+$/,
  expected: 'a path like /webhook (segments of letters, digits, ".", "_", "~", "-")',
};

export const webhookVariables = {
  path: patternVariable('WEBHOOK_PATH', webhookPath, '/webhook'),
  current: textVariable('WEBHOOK_SECRET'),
  previous: textVariable('WEBHOOK_SECRET_PREVIOUS'),
  directory: textVariable('WEBHOOK_SECRETS_DIR'),
  file: textVariable('WEBHOOKS_FILE'),
};

type WebhookTopicFields = Omit<WebhookConfig, 'name' | 'path' | 'secrets'>;

export function toWebhookTopics({ events, deadLetter, latest, rules }: RoutedTopics): WebhookTopicFields {
  return {
    topic: events,
    deadLetterTopic: deadLetter,
    latestTopic: latest,
    ...(rules && { topicRules: rules }),
  };
}

/** Every topic that events of these registrations may go to, each with those that belong to it. */
export function listWebhookTopics(webhooks: readonly WebhookTopicFields[]): TopicNames[] {
  return webhooks.flatMap(({ topic, deadLetterTopic, latestTopic, topicRules }) =>
    listTopics({
      events: topic,
      deadLetter: deadLetterTopic,
      latest: latestTopic,
      ...(topicRules && { rules: topicRules }),
    }),
  );
}

/** The registration that the variables describe by themselves; none and a problem without a secret. */
export function toSingleWebhook(
  read: Values<typeof webhookVariables>,
  defaults: WebhookDefaults,
  problems: ConfigProblem[],
): readonly WebhookConfig[] {
  const secrets = toSource(read, defaults, problems);
  return secrets === undefined
    ? []
    : [{ name: 'default', path: read.path, secrets, ...toWebhookTopics(defaults.topics) }];
}

function toSource(
  { current, previous, directory }: Values<typeof webhookVariables>,
  { generatedSecretDir }: WebhookDefaults,
  problems: ConfigProblem[],
): SecretSource | undefined {
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

/** Adds a problem for each secret that cannot be used now, or for a source without any. */
export function checkSource(variable: string, source: SecretSource, problems: ConfigProblem[]): SecretSource {
  const known = readSecrets(source);
  for (const { message } of known.problems) {
    problems.push({ variable, message: `${message}.` });
  }
  if (known.secrets.length === 0 && known.problems.length === 0) {
    problems.push({ variable, message: 'there is no secret in it.' });
  }
  return source;
}
