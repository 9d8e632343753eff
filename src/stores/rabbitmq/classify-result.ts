import type { Registry } from 'prom-client';
import { SinkError } from '../../ports/sink.ts';
import type { Logger } from '../../runtime/logger.ts';
import { committed, type RequestOutcome } from '../append/lane-store.ts';
import type { QueuedBatch } from '../append/partition-queue.ts';
import type { QueuedRecord } from '../append/pending-appends.ts';
import { createStoreMetrics } from '../append/store-metrics.ts';
import type { PublishOutcome } from './publish-batch.ts';
import { nameTarget, type PublishTarget } from './publish-target.ts';
import type { PublishResult } from './publisher-connection.ts';

/** Where the RabbitMQ sink reports what it does. */
export type RabbitMqMetrics = ReturnType<typeof createRabbitMqMetrics>;

const retryCauses = ['connection', 'timeout', 'protocol', 'answer_check', 'refused'] as const;

/** Why messages are published again. */
export type RabbitMqRetryCause = (typeof retryCauses)[number];

/** The metrics of the way to RabbitMQ, on a registry. The label is the name of a queue, or of the exchange. */
export function createRabbitMqMetrics(registry: Registry) {
  return createStoreMetrics(registry, retryCauses);
}

interface Report {
  readonly target: PublishTarget;
  readonly logger: Logger;
}

/** Decides the records that have an answer of their own. The batch is stored when that leaves none to send again. */
export function classifyResult(
  batch: QueuedBatch,
  { outcomes, failure }: PublishResult,
  report: Report,
): RequestOutcome<RabbitMqRetryCause> {
  const { target, logger } = report;
  const kept = decideEntries(batch, outcomes, report);
  const name = nameTarget(target);
  if (failure === undefined) {
    const problem = `${name} refuses messages: it is full, or has lost its leader`;
    const outcome = { action: 'retry', cause: 'refused', problem } as const;
    return { failure, outcomes: [kept.length === 0 ? committed : outcome] };
  }
  const { reason, message } = failure;
  logger.warn({ target: target.name, reason, records: kept.length }, `rabbitmq gave no answer: ${message}`);
  if (kept.length === 0) {
    return { failure: reason, outcomes: [committed] };
  }
  const outcome =
    reason === 'authentication'
      ? ({ action: 'deny', problem: message } as const)
      : ({ action: 'retry', cause: reason } as const);
  return { failure: reason, outcomes: [outcome] };
}

/** @returns the entries to send again: what has no good answer, and what follows it with the same key */
function decideEntries(
  { entries }: QueuedBatch,
  outcomes: readonly PublishOutcome[],
  { target, logger }: Report,
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
      rejectUnroutable(
        entry,
        `${nameTarget(target)} routes a record to no queue: bind one that takes its key.`,
      );
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
function rejectUnroutable(entry: QueuedRecord, message: string): void {
  entry.decided = true;
  entry.append.fail(new SinkError('sink_unroutable', message));
}
