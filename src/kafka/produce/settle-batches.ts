import type { QueuedBatch } from '../../append/partition-queue.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import { SinkError } from '../../sink/sink-error.ts';
import { formatKafkaError } from '../errors/explain-kafka-error.ts';
import type { PartitionAnswer } from '../wire/produce-batch.ts';
import { checkAnswer } from './check-answer.ts';
import type { KafkaSinkMetrics } from './kafka-sink-metrics.ts';
import { type RetryCause, toPartitionFailure } from './produce-failure.ts';

interface SettleInput {
  readonly batches: readonly QueuedBatch[];
  readonly answers: readonly PartitionAnswer[];
  readonly startedAt: number;
  readonly clock: Clock;
  readonly metrics: KafkaSinkMetrics;
  readonly logger: Logger;
}

/** Gives each batch the outcome that the broker's answer has for it; those of other batches do not matter to it. */
export function settleBatches(input: SettleInput): { readonly missing: boolean; readonly stale: boolean } {
  const { batches, answers, startedAt, clock, metrics, logger } = input;
  const outcomes = checkAnswer(batches, answers);
  let missing = false;
  let stale = false;
  batches.forEach((batch, index) => {
    const { queue, topic, partition } = batch;
    const outcome = outcomes[index];
    if (outcome === 'stored') {
      queue.commit(batch);
      queue.circuit.success();
      return;
    }
    if (outcome === 'missing' || outcome === undefined) {
      missing = true;
      retryBatch({ batch, cause: 'answer_check', clock, metrics });
      return;
    }
    const failure = toPartitionFailure(outcome.errorCode);
    const problem = formatKafkaError(outcome.errorCode, { api: 'Produce', topic });
    const line = { topic, partition, records: batch.entries.length, errorCode: outcome.errorCode };
    switch (failure.action) {
      case 'refuse':
        logger.warn({ ...line, reason: failure.reason }, 'kafka refused records');
        queue.refuse(batch, failure.reason);
        return;
      case 'deny':
        queue.problem = problem;
        queue.putBack(batch);
        queue.failAll(new SinkError('sink_unavailable', `Kafka does not allow writing to ${topic}.`));
        queue.circuit.trip();
        return;
      case 'retry':
        stale ||= failure.cause === 'stale_leader';
        queue.problem = problem;
        logger.debug({ ...line, reason: failure.cause }, 'kafka did not store records, trying again');
        retryBatch({ batch, cause: failure.cause, clock, metrics });
        queue.circuit.failure(startedAt);
        return;
    }
  });
  return { missing, stale };
}

interface RetryInput {
  readonly batch: QueuedBatch;
  readonly cause: RetryCause;
  readonly clock: Clock;
  readonly metrics: KafkaSinkMetrics;
}

export function retryBatch({ batch, cause, clock, metrics }: RetryInput): void {
  if (batch.queue.inFlight === batch) {
    metrics.retried(cause, batch.entries.length);
    batch.queue.putBack(batch);
    batch.queue.delayRetry(clock.now());
  }
}
