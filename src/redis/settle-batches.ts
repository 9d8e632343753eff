import type { LaneFailure } from '../append/lane-store.ts';
import type { QueuedBatch } from '../append/queued-batch.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import { SinkError } from '../sink/sink.ts';
import { errorMeanings, type RedisError } from './redis-error.ts';
import type { RedisMetrics } from './redis-metrics.ts';

interface SettleInput {
  /** For metrics and logs. */
  readonly server: string;
  readonly batches: readonly QueuedBatch[];
  /** For each batch why it is not known to be stored. */
  readonly errors: readonly (RedisError | undefined)[];
  readonly startedAt: number;
  readonly clock: Clock;
  readonly metrics: Pick<RedisMetrics, 'produced' | 'retried' | 'answerCheckFailed'>;
  readonly logger: Logger;
}

/**
 * Ends a request: each of its batches is stored, rejected, or back in its queue.
 *
 * @returns why the connection must not be used again; `undefined` when it can be
 */
export function settleBatches(input: SettleInput): LaneFailure | undefined {
  const { server, batches, errors, startedAt, clock, metrics, logger } = input;
  const failed = errors.find(
    (error) => error !== undefined && errorMeanings[error.kind].failure !== undefined,
  );
  if (failed === undefined) {
    metrics.produced({
      to: server,
      records: batches.reduce((sum, { entries }) => sum + entries.length, 0),
      bytes: batches.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      durationSeconds: (clock.now() - startedAt) / 1000,
    });
  } else {
    const { kind: reason, message } = failed;
    logger.warn({ server, reason }, `redis did not confirm records: ${message}`);
  }
  for (const [index, batch] of batches.entries()) {
    const error = errors[index];
    if (error === undefined) {
      batch.queue.commit(batch);
    } else {
      settleFailed(batch, error, input);
    }
  }
  if (failed?.kind === 'answer') {
    metrics.answerCheckFailed();
  }
  return failed && errorMeanings[failed.kind].failure;
}

function settleFailed(batch: QueuedBatch, { kind, message }: RedisError, input: SettleInput): void {
  const { startedAt, clock, metrics, logger } = input;
  const { queue, topic, partition, entries } = batch;
  const { action, failure } = errorMeanings[kind];
  const line = { topic, partition, records: entries.length, reason: kind };
  if (action === 'reject') {
    logger.warn(line, `redis rejected records: ${message}`);
    queue.reject(batch, 'too_large');
    return;
  }
  if (action === 'deny') {
    queue.problem = message;
    queue.putBack(batch);
    queue.failAll(new SinkError('sink_unavailable', `Redis does not allow writing to ${topic}.`));
    queue.circuit.trip();
    return;
  }
  if (queue.retry(batch, clock.now())) {
    metrics.retried(kind, entries.length);
  }
  if (failure === undefined) {
    // The connection works, so it is this stream, or all of them, that the server takes nothing for.
    queue.problem = message;
    queue.circuit.failure(startedAt);
    logger.debug(line, `redis did not store records, trying again: ${message}`);
  }
}
