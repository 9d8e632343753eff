import type { ExpectedTopic } from './topic-facts.ts';

interface TopicsOfWebhook {
  readonly topic: string;
  readonly deadLetterTopic: string;
}

/** The topics that these registrations write, each once. What is a dead-letter topic for one is judged as such. */
export function expectTopics(webhooks: readonly TopicsOfWebhook[], maxBodyBytes: number): ExpectedTopic[] {
  const topics = new Map<string, ExpectedTopic>();
  for (const { topic } of webhooks) {
    topics.set(topic, { topic, role: 'events', largestValueBytes: maxBodyBytes });
  }
  for (const { deadLetterTopic: topic } of webhooks) {
    topics.set(topic, { topic, role: 'dead_letter', largestValueBytes: maxBodyBytes });
  }
  return [...topics.values()];
}
