import type { LaneFailure } from '../../append/lane-store.ts';
import type { QueuedBatch } from '../../append/queued-batch.ts';
import type { LogLimit } from '../../runtime/log-limit.ts';
import { SinkError } from '../../sink/sink.ts';
import { ConnectionError } from '../errors/connection-error.ts';
import { formatKafkaError } from '../errors/format-kafka-error.ts';
import { type BrokerAddress, formatBrokerAddress } from '../kafkajs/broker-address.ts';
import { type BatchOutcome, checkAnswer } from './check-answer.ts';
import type { KafkaSinkMetrics } from './kafka-sink-metrics.ts';
import type { PartitionAnswer } from './produce-connection.ts';
import type { ProduceDeps } from './produce-deps.ts';
import { type RetryCause, toPartitionFailure } from './produce-failure.ts';

interface SettleInput extends Pick<ProduceDeps, 'clock' | 'logger'> {
  readonly broker: number;
  readonly address: BrokerAddress;
  readonly batches: readonly QueuedBatch[];
  /** An error when there was no answer. */
  readonly answer: readonly PartitionAnswer[] | ConnectionError;
  readonly startedAt: number;
  readonly metrics: Pick<KafkaSinkMetrics, 'produced' | 'retried' | 'answerCheckFailed'>;
  /** A batch is halved until the bad record is alone, and each half that is rejected has a line. */
  readonly rejectionLog: LogLimit;
}

/** What a produce request shows of the connection, and of the view of the cluster. */
export interface ProduceOutcome {
  /** Why the connection must not be used again; `undefined` when it can be. */
  readonly failure?: LaneFailure;
  /** A partition is led by another broker now. */
  readonly stale: boolean;
}

/** Ends a produce request: each of its batches is stored, rejected, or back in its queue. */
export function settleBatches(input: SettleInput): ProduceOutcome {
  const { broker, address, batches, answer, startedAt, clock, metrics, logger } = input;
  if (answer instanceof ConnectionError) {
    const { reason, message } = answer;
    const line = { broker, address: formatBrokerAddress(address), reason };
    logger.warn(line, `kafka gave no answer: ${message}`);
    for (const batch of batches) {
      retry(batch, reason, input);
    }
    return { failure: reason, stale: false };
  }
  metrics.produced({
    to: broker,
    records: batches.reduce((sum, { entries }) => sum + entries.length, 0),
    bytes: batches.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    durationSeconds: (clock.now() - startedAt) / 1000,
  });
  const outcomes = checkAnswer(batches, answer);
  const retried = batches.map((batch, index) => settle(batch, outcomes[index] ?? 'missing', input));
  const stale = retried.includes('stale_leader');
  if (!retried.includes('answer_check')) {
    return { stale };
  }
  metrics.answerCheckFailed();
  return { failure: 'answer_check', stale };
}

/** @returns why the batch is sent again, if it is */
function settle(batch: QueuedBatch, outcome: BatchOutcome, input: SettleInput): RetryCause | undefined {
  const { queue, topic, partition } = batch;
  if (outcome === 'stored') {
    queue.commit(batch);
    return undefined;
  }
  if (outcome === 'missing') {
    return retry(batch, 'answer_check', input);
  }
  const { errorCode } = outcome;
  const failure = toPartitionFailure(errorCode);
  const line = { topic, partition, records: batch.entries.length, errorCode };
  if (failure.action === 'reject') {
    const allowed = input.rejectionLog.take();
    if (allowed !== undefined) {
      const { reason } = failure;
      input.logger.warn({ ...line, reason, suppressed: allowed.suppressed }, 'kafka rejected records');
    }
    queue.reject(batch, failure.reason);
    return undefined;
  }
  queue.problem = formatKafkaError(errorCode, { api: 'Produce', topic });
  if (failure.action === 'deny') {
    queue.putBack(batch);
    queue.failAll(new SinkError('sink_unavailable', `Kafka does not allow writing to ${topic}.`));
    queue.circuit.trip();
    return undefined;
  }
  input.logger.debug({ ...line, reason: failure.cause }, 'kafka did not store records, trying again');
  retry(batch, failure.cause, input);
  queue.circuit.failure(input.startedAt);
  return failure.cause;
}

function retry(batch: QueuedBatch, cause: RetryCause, { clock, metrics }: SettleInput): RetryCause {
  if (batch.queue.retry(batch, clock.now())) {
    metrics.retried(cause, batch.entries.length);
  }
  return cause;
}
