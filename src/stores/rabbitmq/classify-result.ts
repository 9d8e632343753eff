import type { Registry } from 'prom-client';
import { SinkError } from '../../ports/sink.ts';
import type { Logger } from '../../runtime/logger.ts';
import { type BatchOutcome, commitOutcome, type RequestOutcome } from '../append/lane-store.ts';
import type { QueuedBatch } from '../append/partition-queue.ts';
import type { QueuedRecord } from '../append/pending-appends.ts';
import { createStoreMetrics } from '../append/store-metrics.ts';
import type { PublishOutcome } from './publish-batch.ts';
import { formatTarget, type PublishTarget } from './publish-target.ts';
import type { PublishResult } from './publisher-connection.ts';
import type { RabbitMqError } from './rabbitmq-error.ts';

export type RabbitMqMetrics = ReturnType<typeof createRabbitMqMetrics>;

const retryCauses = ['connection', 'timeout', 'protocol', 'refused'] as const;

export type RabbitMqRetryCause = (typeof retryCauses)[number];

/** Creates the metrics of the RabbitMQ sink. The label `to` contains the name of a queue or an exchange. */
export function createRabbitMqMetrics(registry: Registry) {
  return createStoreMetrics(registry, retryCauses);
}

interface ProblemReporter {
  readonly target: PublishTarget;
  readonly logger: Logger;
}

/** Settles the records that have a final outcome. If no records need to be retried, the batch is committed. */
export function classifyResult(
  batch: QueuedBatch,
  { outcomes, failure }: PublishResult,
  report: ProblemReporter,
): RequestOutcome<RabbitMqRetryCause> {
  const { target, logger } = report;
  const retriedEntries = selectRetriedEntries(batch, outcomes, report);
  const name = formatTarget(target);
  if (failure === undefined) {
    const problem = `${name} rejects messages: it is full, or it has no leader`;
    const outcome = { action: 'retry', cause: 'refused', problem } as const;
    return { failure, outcomes: [retriedEntries.length === 0 ? commitOutcome : outcome] };
  }
  const { reason, message } = failure;
  logger.warn(
    { target: target.name, reason, records: retriedEntries.length },
    `rabbitmq did not confirm messages: ${message}`,
  );
  if (retriedEntries.length === 0) {
    return { failure: reason, outcomes: [commitOutcome] };
  }
  return { failure: reason, outcomes: [decideRetry(failure)] };
}

function decideRetry({ reason, message }: RabbitMqError): BatchOutcome<RabbitMqRetryCause> {
  if (reason === 'authentication') {
    return { action: 'deny', problem: message };
  }
  // If a message is too large, the server closes the channel without naming the message.
  return /message size \d+ is larger than configured max size/.test(message)
    ? { action: 'reject', reason: 'too_large' }
    : { action: 'retry', cause: reason };
}

/**
 * Decides which entries to retry.
 *
 * @returns the unconfirmed entries, and later entries with the same keys
 */
function selectRetriedEntries(
  { entries }: QueuedBatch,
  outcomes: readonly PublishOutcome[],
  { target, logger }: ProblemReporter,
): QueuedRecord[] {
  const retriedEntries: QueuedRecord[] = [];
  const retriedKeys = new Set<string>();
  let unroutedCount = 0;
  for (const [index, entry] of entries.entries()) {
    const { key } = entry.record;
    const outcome = outcomes[index] ?? 'unknown';
    if (outcome === 'not_a_message') {
      if (!entry.decided) {
        entry.decided = true;
        entry.append.rejected(entry.index, 'rejected_by_broker');
      }
    } else if (outcome === 'returned' && target.kind === 'exchange') {
      unroutedCount += 1;
      entry.decided = true;
      // Fails only the append of this record, because the server may be able to route records with other keys.
      const message = `${formatTarget(target)} cannot route a record to a queue: no binding matches the key of the record. Add a binding for this key.`;
      entry.append.fail(new SinkError('sink_unroutable', message));
    } else if (outcome !== 'stored' || (key !== null && retriedKeys.has(key))) {
      retriedEntries.push(entry);
      if (key !== null) {
        // Preserves the order of each key, so that a consumer that keeps the last state of an entity does not end
        // with an outdated state.
        retriedKeys.add(key);
      }
    } else if (!entry.decided) {
      entry.decided = true;
      entry.append.stored();
    }
  }
  if (unroutedCount > 0) {
    logger.warn(
      { target: target.name, records: unroutedCount },
      'rabbitmq did not route messages to any queue',
    );
  }
  return retriedEntries;
}
