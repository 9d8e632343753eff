import type { Clock } from '../../runtime/clock.ts';
import { withDeadline } from '../../runtime/with-deadline.ts';
import type {
  BatchOutcome,
  LaneConnection,
  LaneFailure,
  LaneMetrics,
  LaneRequest,
  LaneSettings,
  RequestOutcome,
} from './lane-store.ts';
import type { PartitionQueue, QueuedBatch } from './partition-queue.ts';
import { isAppendAwaited } from './pending-appends.ts';

interface FlushLimits {
  readonly maxRecords: number;
  readonly maxBytes: number;
}

/**
 * Takes at most one batch from each queue until a limit is reached. The last record may exceed the byte limit,
 * because otherwise a large record would never be sent.
 *
 * @param first index of the queue to start with; the caller rotates this index so that a long queue cannot starve the
 * others
 */
export function collectBatches(
  queues: readonly PartitionQueue[],
  first: number,
  { maxRecords, maxBytes }: FlushLimits,
  now: number,
): QueuedBatch[] {
  const batches: QueuedBatch[] = [];
  let records = 0;
  let bytes = 0;
  for (let i = 0; i < queues.length && records < maxRecords && bytes < maxBytes; i += 1) {
    const queue = queues[(first + i) % queues.length];
    const batch = queue?.isSendable(now) ? queue.take(maxRecords - records, maxBytes - bytes) : undefined;
    if (batch !== undefined) {
      batches.push(batch);
      records += batch.entries.length;
      bytes += batch.sizeBytes;
    }
  }
  return batches;
}

/**
 * Returns the earliest time at which a queue may be retried, as a `Clock.now` value. Returns `undefined` if no queue is
 * waiting for a retry.
 */
export function findNextRetryTime(queues: Iterable<PartitionQueue>, now: number): number | undefined {
  let earliestRetryTime: number | undefined;
  for (const { length, notBefore } of queues) {
    if (length > 0 && notBefore > now && (earliestRetryTime === undefined || notBefore < earliestRetryTime)) {
      earliestRetryTime = notBefore;
    }
  }
  return earliestRetryTime;
}

const batchReductionFactor = 32;
const maxBatchReductions = 2;

/**
 * Limits the size of requests. If the store closes the connection during a request, a single bad record may be the
 * cause. After two such disconnects in a row, requests are 32 times smaller, and after three, 1,024 times smaller.
 * The store can then accept the other records without the bad one.
 */
export class AdaptiveFlushLimits {
  readonly #settings: Pick<LaneSettings, 'maxFlushRecords' | 'maxFlushBytes'>;
  #disconnects = 0;

  constructor(settings: Pick<LaneSettings, 'maxFlushRecords' | 'maxFlushBytes'>) {
    this.#settings = settings;
  }

  get(): FlushLimits {
    const { maxFlushRecords, maxFlushBytes } = this.#settings;
    const limitDivisor =
      batchReductionFactor ** Math.min(maxBatchReductions, Math.max(0, this.#disconnects - 1));
    return {
      maxRecords: Math.max(1, maxFlushRecords / limitDivisor),
      maxBytes: maxFlushBytes / limitDivisor,
    };
  }

  /**
   * Adjusts the limits to the result of the last request.
   *
   * @param failure failure of the last request, or `undefined` if the store responded
   */
  update(failure: LaneFailure | undefined): void {
    if (failure === 'connection') {
      this.#disconnects += 1;
    } else if (failure === undefined || failure === 'answer_check') {
      this.#disconnects = 0;
    }
  }
}

interface AwaitAnswerOptions {
  readonly giveUpMs: number;
  /** Whether the store has requested a pause, which delays its response. */
  readonly isPaused: () => boolean;
}

/** Maximum time to wait for a store that keeps requesting a pause. */
const maxPauseMs = 300_000;

/**
 * Waits for the response to a request.
 *
 * @throws the rejection of `sent`, or a timeout error if no response arrives within `giveUpMs` while the store is not
 * paused
 */
export async function awaitAnswer<A>(
  sent: Promise<A>,
  { giveUpMs, isPaused }: AwaitAnswerOptions,
): Promise<A> {
  let timeoutError: Error | undefined;
  // Created only when needed: capturing a stack trace costs more than the rest of this function.
  const createTimeoutError = () => {
    timeoutError = new Error(`no response within ${giveUpMs} ms`);
    return timeoutError;
  };
  for (let elapsedWaitMs = giveUpMs; ; elapsedWaitMs += giveUpMs) {
    try {
      return await withDeadline(sent, giveUpMs, createTimeoutError);
    } catch (error) {
      if (error !== timeoutError || !isPaused() || elapsedWaitMs >= maxPauseMs) {
        throw error;
      }
    }
  }
}

interface SettleRequestDeps<R extends string> {
  readonly store: { readonly label: string | number };
  readonly clock: Clock;
  readonly metrics: Omit<LaneMetrics<R>, 'rebuilt'>;
}

/** Completes a request: marks each batch as stored or rejected, or requeues it. */
export function settleRequest<R extends string>(
  { batches, startedAt }: Omit<LaneRequest<LaneConnection>, 'connection'>,
  { outcomes, failure }: RequestOutcome<R>,
  deps: SettleRequestDeps<R>,
): void {
  const { store, clock, metrics } = deps;
  if (failure === undefined || failure === 'answer_check') {
    metrics.produced({
      to: store.label,
      records: batches.reduce((sum, { entries }) => sum + entries.length, 0),
      durationSeconds: (clock.now() - startedAt) / 1000,
    });
  }
  for (let index = 0; index < outcomes.length; index += 1) {
    settleBatch(batches[index] as QueuedBatch, outcomes[index] as BatchOutcome<R>, startedAt, deps);
  }
  if (failure === 'answer_check') {
    metrics.answerCheckFailed();
  }
}

function settleBatch<R extends string>(
  batch: QueuedBatch,
  outcome: BatchOutcome<R>,
  startedAt: number,
  { clock, metrics }: SettleRequestDeps<R>,
): void {
  const { queue, entries } = batch;
  switch (outcome.action) {
    case 'commit':
      queue.commit(batch);
      break;
    case 'reject':
      queue.reject(batch, outcome.reason);
      break;
    case 'deny':
      queue.deny(batch, outcome.problem);
      break;
    case 'retry': {
      const waitingCount = entries.filter(isAppendAwaited).length;
      if (queue.retry(batch, clock.now(), outcome.problem)) {
        metrics.retried(outcome.cause, waitingCount);
      }
      if (outcome.problem !== undefined) {
        // The connection works, so the failure counts against this queue only.
        queue.circuit.failure(startedAt);
      }
    }
  }
}
