import { randomUUID } from 'node:crypto';
import { inject } from 'vitest';

declare module 'vitest' {
  export interface ProvidedContext {
    /** URL at which the global setup provides the shared Kafka. The first request starts it. */
    kafkaStarterUrl: string;
  }
}

/**
 * Returns the bootstrap address of the one-node Kafka that all integration tests share, or `KAFKA_BROKERS`. The first call of
 * a run starts it. Topics are never shared: each test creates its own, with an unused name.
 */
export async function kafkaBrokers(): Promise<string> {
  const response = await fetch(inject('kafkaStarterUrl'));
  const text = await response.text();
  if (!response.ok) {
    throw new Error(text);
  }
  return text;
}

/** Returns a receiver's variables for the shared Kafka, with unused topic names. It does not create the topics. */
export async function freshTopicsEnv() {
  const topic = `events-${randomUUID().slice(0, 8)}`;
  return {
    KAFKA_BROKERS: await kafkaBrokers(),
    KAFKA_TOPIC: topic,
    KAFKA_DEAD_LETTER_TOPIC: `${topic}.dead-letter`,
  };
}
