import { randomUUID } from 'node:crypto';
import { inject } from 'vitest';

declare module 'vitest' {
  export interface ProvidedContext {
    /**
     * URL that returns the address of the Kafka that all tests share. The global setup starts Kafka on the first
     * request to this URL.
     */
    kafkaStarterUrl: string;
  }
}

/**
 * Returns the bootstrap address of the one-node Kafka that all integration tests share, or `KAFKA_BROKERS`. The first
 * call of a run starts Kafka. Tests never share topics, because each test creates topics with unused names.
 */
export async function kafkaBrokers(): Promise<string> {
  const response = await fetch(inject('kafkaStarterUrl'));
  const text = await response.text();
  if (!response.ok) {
    throw new Error(text);
  }
  return text;
}

/**
 * Returns the environment variables of a receiver that uses the shared Kafka and unused topic names. The topics are not
 * created.
 */
export async function freshTopicsEnv() {
  const topic = `events-${randomUUID().slice(0, 8)}`;
  return {
    KAFKA_BROKERS: await kafkaBrokers(),
    KAFKA_TOPIC: topic,
    KAFKA_DEAD_LETTER_TOPIC: `${topic}.dead-letter`,
  };
}
