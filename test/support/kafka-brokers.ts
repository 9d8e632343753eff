import { randomUUID } from 'node:crypto';
import { inject } from 'vitest';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Where the global setup hands out the shared Kafka, which it starts when first asked. */
    kafkaStarterUrl: string;
  }
}

/**
 * Bootstrap of the one-node Kafka that all integration tests share, or of `KAFKA_BROKERS`. The first call of a run
 * starts it. Topics are never shared: each test makes its own, with a fresh name.
 */
export async function kafkaBrokers(): Promise<string> {
  const response = await fetch(inject('kafkaStarterUrl'));
  const text = await response.text();
  if (!response.ok) {
    throw new Error(text);
  }
  return text;
}

/** A receiver's variables for the shared Kafka, with names of topics that no other test has; the topics are not made. */
export async function freshTopicsEnv() {
  const topic = `events-${randomUUID().slice(0, 8)}`;
  return {
    KAFKA_BROKERS: await kafkaBrokers(),
    KAFKA_TOPIC: topic,
    KAFKA_DEAD_LETTER_TOPIC: `${topic}.dead-letter`,
  };
}
