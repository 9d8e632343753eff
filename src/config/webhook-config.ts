import type { ConfigProblem } from '../runtime/config-error.ts';
import type { TopicRules } from '../webhook/topic-rules.ts';
import { readSecrets, type SecretSource } from './secret-source.ts';
import { listTopics, type RoutedTopics, type TopicNames } from './topic-names.ts';

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

export const pathPattern = /^(\/[A-Za-z0-9._~-]+)+$/;
export const pathExpected = 'a path like /webhook (segments of letters, digits, ".", "_", "~", "-")';

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
