import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { CircuitState } from '../../append/circuit.ts';
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

const circuitValues = { closed: 0, half_open: 1, open: 2 };
const verdictValues = { ok: 0, warning: 1, error: 2 };

/** Exported by every process that talks to brokers. */
export function createThrottledSeconds(registry: Registry): Counter<'broker'> {
  return new Counter({
    name: `${prefix}throttled_seconds_total`,
    help: 'Time for which a broker wanted to be sent nothing, because a quota was used up.',
    labelNames: ['broker'],
    registers: [registry],
  });
}

/** The metrics of the produce path, on a registry. */
export function createKafkaSinkMetrics(registry: Registry) {
  const registers = [registry];
  let readQueue: () => QueueDepth = () => ({ records: 0, bytes: 0 });
  const produceDuration = new Histogram({
    name: `${prefix}produce_duration_seconds`,
    help: 'Time until a broker answered a produce request.',
    labelNames: ['broker'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers,
  });
  const producedRecords = new Counter({
    name: `${prefix}produced_records_total`,
    help: 'Records in answered produce requests.',
    labelNames: ['broker'],
    registers,
  });
  const producedBytes = new Counter({
    name: `${prefix}produced_bytes_total`,
    help: 'Bytes of the records in answered produce requests.',
    labelNames: ['broker'],
    registers,
  });
  const retried = new Counter({
    name: `${prefix}retried_records_total`,
    help: 'Records that went back to their queue for another attempt, by cause. Such records may be stored twice.',
    labelNames: ['cause'],
    registers,
  });
  const rebuilt = new Counter({
    name: `${prefix}connections_rebuilt_total`,
    help: 'Connections to brokers that were thrown away and made again, by cause.',
    labelNames: ['cause'],
    registers,
  });
  const answerChecksFailed = new Counter({
    name: `${prefix}answer_checks_failed_total`,
    help: 'Answers of brokers that did not account for every batch. Nothing in them was taken as stored.',
    registers,
  });
  const throttled = createThrottledSeconds(registry);
  const circuit = new Gauge({
    name: `${prefix}circuit_state`,
    help: 'Circuit of a broker: 0 closed (works), 1 half open, 2 open (its partitions are refused at once).',
    labelNames: ['broker'],
    registers,
  });
  const durability = new Gauge({
    name: `${prefix}topic_durability`,
    help: 'Judgement of a topic: 0 safe, 1 weak (see the log), 2 it cannot be used.',
    labelNames: ['topic'],
    registers,
  });
  for (const [field, help] of [
    ['records', 'Records that wait for a produce request or its answer.'],
    ['bytes', 'Bytes of the records that wait for a produce request or its answer.'],
  ] as const) {
    registry.registerMetric(
      new Gauge({
        name: `${prefix}queue_${field}`,
        help,
        registers: [],
        collect() {
          this.set(readQueue()[field]);
        },
      }),
    );
  }

  return {
    produced({ broker, records, bytes, durationSeconds }: ProduceSample): void {
      produceDuration.observe({ broker }, durationSeconds);
      producedRecords.inc({ broker }, records);
      producedBytes.inc({ broker }, bytes);
      // There from the beginning: a rate needs a value before the first throttle.
      throttled.inc({ broker }, 0);
    },
    retried: (cause: RetryCause, records: number) => retried.inc({ cause }, records),
    rebuilt: (cause: RetryCause) => rebuilt.inc({ cause }),
    answerCheckFailed: () => answerChecksFailed.inc(),
    throttled: (broker: number, seconds: number) => throttled.inc({ broker }, seconds),
    circuitChanged: (broker: number, state: CircuitState) => circuit.set({ broker }, circuitValues[state]),
    /** The broker leads nothing any more: its series ends. */
    brokerForgotten: (broker: number) => circuit.remove({ broker }),
    durabilityChecked: (topic: string, verdict: Verdict) => durability.set({ topic }, verdictValues[verdict]),
    /** Gives the source of the queue's depth, which is read when metrics are collected. */
    observeQueue(read: () => QueueDepth): void {
      readQueue = read;
    },
  };
}
