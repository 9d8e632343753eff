import type { Counter, Registry } from 'prom-client';
import type { CircuitState } from '../../append/circuit.ts';
import { createMetricFactory } from '../../runtime/metric-factory.ts';
import type { Verdict } from '../topics/judge-topic.ts';
import type { RetryCause } from './produce-failure.ts';

/** Where the Kafka sink reports what it does. Every label is from a closed set, or a broker's node id or a topic's name. */
export type KafkaSinkMetrics = ReturnType<typeof createKafkaSinkMetrics>;

/** Records that wait for a produce request or for its answer. */
export interface QueueDepth {
  readonly records: number;
  readonly bytes: number;
}

interface ProduceSample {
  readonly broker: number;
  readonly records: number;
  readonly bytes: number;
  readonly durationSeconds: number;
}

const prefix = 'comapi_webhook_kafka_';
const produceBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

const circuitValues = { closed: 0, half_open: 1, open: 2 };
const weaknessValues = { ok: 0, warning: 1, error: 2 };

/** Exported by every process that talks to brokers. */
export function createThrottledSeconds(registry: Registry): Counter<'broker'> {
  return createMetricFactory(registry, prefix).counter(
    'throttled_seconds_total',
    'Time for which a broker asked to be sent nothing, because a quota was used up.',
    ['broker'],
  );
}

/** The metrics of the produce path, on a registry. */
export function createKafkaSinkMetrics(registry: Registry) {
  const { counter, gauge, collectedGauge, histogram } = createMetricFactory(registry, prefix);
  let readQueue: () => QueueDepth = () => ({ records: 0, bytes: 0 });
  const produceDuration = histogram(
    'produce_duration_seconds',
    'Time until a broker answered a produce request.',
    produceBuckets,
    ['broker'],
  );
  const producedRecords = counter('produced_records_total', 'Records in answered produce requests.', [
    'broker',
  ]);
  const producedBytes = counter(
    'produced_bytes_total',
    'Bytes of the records in answered produce requests.',
    ['broker'],
  );
  const retried = counter(
    'retried_records_total',
    'Records put back into their queue for another attempt, by cause. Such records may be stored twice.',
    ['cause'],
  );
  const rebuilt = counter(
    'connections_rebuilt_total',
    'Connections to brokers that were closed and made again, by cause.',
    ['cause'],
  );
  const answerChecksFailed = counter(
    'answer_checks_failed_total',
    'Answers of brokers that did not account for every batch. Nothing in them was taken as stored.',
  );
  const throttled = createThrottledSeconds(registry);
  const circuit = gauge(
    'circuit_state',
    'Circuit of a broker: 0 closed (works), 1 half open, 2 open (appends to its partitions are refused at once).',
    ['broker'],
  );
  const weakness = gauge('topic_weakness', 'Weakness of a topic: 0 safe, 1 weak (see the log), 2 unusable.', [
    'topic',
  ]);
  for (const [field, what] of [
    ['records', 'Records'],
    ['bytes', 'Bytes of the records'],
  ] as const) {
    collectedGauge(`queue_${field}`, `${what} that wait for a produce request or its answer.`, (depth) =>
      depth.set(readQueue()[field]),
    );
  }

  return {
    produced({ broker, records, bytes, durationSeconds }: ProduceSample): void {
      produceDuration.observe({ broker }, durationSeconds);
      producedRecords.inc({ broker }, records);
      producedBytes.inc({ broker }, bytes);
      // The series must exist before the first throttle: a rate needs a value to start from.
      throttled.inc({ broker }, 0);
    },
    retried: (cause: RetryCause, records: number) => retried.inc({ cause }, records),
    rebuilt: (cause: RetryCause) => rebuilt.inc({ cause }),
    answerCheckFailed: () => answerChecksFailed.inc(),
    throttled: (broker: number, seconds: number) => throttled.inc({ broker }, seconds),
    circuitChanged: (broker: number, state: CircuitState) => circuit.set({ broker }, circuitValues[state]),
    /** The broker leads nothing any more: its series ends. */
    brokerForgotten: (broker: number) => circuit.remove({ broker }),
    durabilityChecked: (topic: string, verdict: Verdict) => weakness.set({ topic }, weaknessValues[verdict]),
    /** Gives the source of the queue's depth, which is read when metrics are collected. */
    observeQueue(read: () => QueueDepth): void {
      readQueue = read;
    },
  };
}
