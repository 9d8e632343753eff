import { join } from 'node:path';
import type { Registry } from 'prom-client';
import type { KafkaConfig } from '../config/kafka-config.ts';
import { createJournal } from '../journal/journal.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Sink } from '../sink/sink.ts';

export interface CreateSinkDeps {
  readonly logger: Logger;
  readonly clock: Clock;
  readonly registry: Registry;
}

export interface CreateSinkConfig {
  readonly kafka?: KafkaConfig;
  readonly dataDir: string;
  readonly webhooks: readonly { readonly topic: string; readonly deadLetterTopic: string }[];
  readonly http: { readonly maxBodyBytes: number };
}

/** The store that the configuration names: Kafka, or the embedded journal. */
export async function createSink(
  { kafka, dataDir, webhooks, http }: CreateSinkConfig,
  { logger, clock, registry }: CreateSinkDeps,
): Promise<Sink> {
  if (kafka === undefined) {
    return createJournal({ directory: join(dataDir, 'journal'), logger, clock });
  }
  const [{ createKafkaSink }, { expectTopics }, { createKafkaSinkMetrics }] = await Promise.all([
    import('../kafka/produce/kafka-sink.ts'),
    import('../kafka/topics/expect-topics.ts'),
    import('../ops/kafka-sink-metrics.ts'),
  ]);
  return createKafkaSink({
    config: kafka,
    topics: expectTopics(webhooks, http.maxBodyBytes),
    logger,
    clock,
    metrics: createKafkaSinkMetrics(registry),
  });
}
