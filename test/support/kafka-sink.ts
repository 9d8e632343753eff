import { onTestFinished } from 'vitest';
import type { Sink, SinkRecord } from '../../src/ports/sink.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import { createBrokerConnection } from '../../src/stores/kafka/cluster/broker-connection.ts';
import { createClusterReader } from '../../src/stores/kafka/cluster/cluster-reader.ts';
import type { KafkaAccess } from '../../src/stores/kafka/cluster/kafkajs/connection-options.ts';
import type { ExpectedTopic } from '../../src/stores/kafka/cluster/topics/expected-topics.ts';
import { type AnswerSampler, createProduceConnection } from '../../src/stores/kafka/produce/broker-lane.ts';
import {
  createKafkaSink,
  defaultProduceSettings,
  type KafkaSinkDeps,
  type ProduceSettings,
} from '../../src/stores/kafka/produce/kafka-sink.ts';
import type { KafkaSinkMetrics } from '../../src/stores/kafka/produce/kafka-sink-metrics.ts';
import type { Compressor } from '../../src/stores/kafka/wire/compression.ts';
import { captureLog } from './captured-log.ts';

/** The reported metrics, as a list of values. */
export interface RecordedMetrics extends Omit<KafkaSinkMetrics, 'retried'> {
  /** A metric that the sinks of all stores report. */
  retried(cause: string, records: number): void;
  readonly events: readonly (readonly [name: string, ...values: unknown[]])[];
  count(name: string, ...values: unknown[]): number;
}

export function recordMetrics(): RecordedMetrics {
  const events: (readonly [string, ...unknown[]])[] = [];
  const own = {
    events,
    count: (name: string, ...values: unknown[]) =>
      events.filter((event) => [name, ...values].every((value, index) => event[index] === value)).length,
    observeQueue() {},
  };
  // Every other property is a function that records its arguments as a reported metric.
  return new Proxy(own as unknown as RecordedMetrics, {
    get: (target, name: string) =>
      name in target
        ? target[name as keyof RecordedMetrics]
        : (...values: unknown[]) => void events.push([name, ...values]),
  });
}

export interface TestSink {
  readonly sink: Sink;
  readonly metrics: RecordedMetrics;
  /** The log in JSON Lines format. */
  readonly log: readonly string[];
}

export interface TestSinkOptions {
  readonly bootstrap: string;
  readonly topics: readonly (string | ExpectedTopic)[];
  readonly settings?: Partial<ProduceSettings>;
  readonly compressor?: Compressor;
  readonly sampleAnswer?: AnswerSampler;
}

export function createTestSink({
  bootstrap,
  topics,
  settings,
  compressor,
  sampleAnswer,
}: TestSinkOptions): TestSink {
  const metrics = recordMetrics();
  const log: string[] = [];
  const sink = createSinkTo(
    { brokers: bootstrap.split(',') },
    {
      compressor,
      sampleAnswer,
      topics: topics.map((topic) => (typeof topic === 'string' ? toExpected(topic) : topic)),
      logger: createLogger('debug', { write: (line) => log.push(line) }),
      metrics,
      settings: { ...defaultProduceSettings, ...settings },
    },
  );
  return { sink, metrics, log };
}

/**
 * Starts a sink that connects to its brokers in the given way, and captures its complete log. The sink is closed when
 * the test ends. A test may ignore a failed start.
 */
export function startSinkWith(connection: KafkaAccess, topic: string) {
  const log = captureLog();
  const sink = createSinkTo(connection, {
    compressor: undefined,
    sampleAnswer: undefined,
    topics: [toExpected(topic)],
    logger: log.logger,
    metrics: recordMetrics(),
    settings: defaultProduceSettings,
  });
  onTestFinished(() => sink.close());
  const started = sink.start();
  started.catch(() => undefined);
  return { sink, started, log };
}

type SinkParts = Pick<KafkaSinkDeps, 'topics' | 'settings' | 'metrics' | 'logger'> & {
  readonly compressor: Compressor | undefined;
  readonly sampleAnswer: AnswerSampler | undefined;
};

/** Creates a sink with separate connections. */
function createSinkTo(connection: KafkaAccess, { compressor, sampleAnswer, ...parts }: SinkParts): Sink {
  const { settings, logger } = parts;
  return createKafkaSink({
    ...parts,
    openConnection: (address) =>
      createProduceConnection({ address, connection, settings, compressor, sampleAnswer, logger }),
    reader: createClusterReader({
      bootstrap: connection.brokers,
      openConnection: (address) => createBrokerConnection({ address, connection, settings, logger }),
      hedgeMs: settings.hedgeMs,
    }),
    pairs: [],
    clock: systemClock,
  });
}

function toExpected(topic: string): ExpectedTopic {
  return { topic, role: 'events', largestValueBytes: 1024 };
}

let sequence = 0;

/** Creates a record with a unique value. */
export function createRecord(topic: string, key: string | null, padding = 0): SinkRecord {
  sequence += 1;
  const id = `${process.pid}-${sequence}`;
  return {
    topic,
    key,
    value: Buffer.from(JSON.stringify({ id, padding: 'x'.repeat(padding) })),
    headers: { ce_id: id, ce_type: 'message.sent', 'content-type': 'application/json' },
  };
}
