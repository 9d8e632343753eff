import type { LaneFailure } from '../append/lane-store.ts';
import type { QueuedBatch, QueuedRecord } from '../append/queued-batch.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import { SinkError } from '../sink/sink.ts';
import type { PublishOutcome } from './publish-batch.ts';
import { nameTarget, type PublishTarget } from './publish-target.ts';
import type { PublishResult } from './publisher-connection.ts';
import type { RabbitMqError } from './rabbitmq-error.ts';
import type { RabbitMqMetrics } from './rabbitmq-metrics.ts';

interface SettleDeps {
  readonly target: PublishTarget;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Pick<RabbitMqMetrics, 'produced' | 'retried' | 'answerCheckFailed'>;
}

/**
 * Ends a published batch: each record is stored, rejected, refused, or back in the queue.
 *
 * @returns why the connection must not be used again; `undefined` when it can be
 */
export function settleBatch(
  batch: QueuedBatch,
  { outcomes, failure }: PublishResult,
  startedAt: number,
  deps: SettleDeps,
): LaneFailure | undefined {
  const { target, clock, metrics } = deps;
  const kept = decideEntries(batch, outcomes, deps);
  const { queue } = batch;
  if (failure === undefined) {
    const durationSeconds = (clock.now() - startedAt) / 1000;
    metrics.produced({
      to: target.name,
      records: batch.entries.length,
      bytes: batch.sizeBytes,
      durationSeconds,
    });
  } else {
    reportFailure(failure, kept.length, deps);
  }
  if (kept.length === 0) {
    queue.commit(batch);
  } else if (failure?.reason === 'authentication') {
    queue.problem = failure.message;
    queue.putBack(batch);
    queue.failAll(new SinkError('sink_unavailable', `${nameTarget(target)}: ${failure.message}`));
    queue.circuit.trip();
  } else {
    if (queue.retry(batch, clock.now())) {
      metrics.retried(failure?.reason ?? 'refused', kept.length);
    }
    // Of a connection that has ended, the lane says the rest.
    queue.problem = undefined;
    if (failure === undefined) {
      queue.problem = `${nameTarget(target)} refuses messages: it is full, or has lost its leader`;
      queue.circuit.failure(startedAt);
    }
  }
  return failure?.reason;
}

function reportFailure(
  { reason, message }: RabbitMqError,
  records: number,
  { target, logger, metrics }: SettleDeps,
): void {
  logger.warn({ target: target.name, reason, records }, `rabbitmq gave no answer: ${message}`);
  if (reason === 'answer_check') {
    metrics.answerCheckFailed();
  }
}

/** @returns the entries to send again: what has no good answer, and what follows it with the same key */
function decideEntries(
  { entries }: QueuedBatch,
  outcomes: readonly PublishOutcome[],
  { target, logger }: SettleDeps,
): QueuedRecord[] {
  const kept: QueuedRecord[] = [];
  const keptKeys = new Set<string>();
  let unrouted = 0;
  for (const [index, entry] of entries.entries()) {
    const { key } = entry.record;
    const outcome = outcomes[index] ?? 'unknown';
    if (outcome === 'too_large' || outcome === 'not_a_message') {
      reject(entry, outcome);
    } else if (outcome === 'returned' && target.kind === 'exchange') {
      unrouted += 1;
      refuse(entry, `${nameTarget(target)} routes a record to no queue: bind one that takes its key.`);
    } else if (outcome !== 'stored' || (key !== null && keptKeys.has(key))) {
      kept.push(entry);
      if (key !== null) {
        // A consumer that takes the last state of an entity must not end with an earlier one.
        keptKeys.add(key);
      }
    } else if (!entry.decided) {
      entry.decided = true;
      entry.append.stored();
    }
  }
  if (unrouted > 0) {
    logger.warn({ target: target.name, records: unrouted }, 'rabbitmq routed messages to no queue');
  }
  return kept;
}

function reject(entry: QueuedRecord, outcome: 'too_large' | 'not_a_message'): void {
  if (!entry.decided) {
    entry.decided = true;
    entry.append.rejected(entry.index, outcome === 'too_large' ? 'too_large' : 'rejected_by_broker');
  }
}

/** Only this record's delivery is refused: those of other keys may have a queue. */
function refuse(entry: QueuedRecord, message: string): void {
  entry.decided = true;
  entry.append.fail(new SinkError('sink_unroutable', message));
}
