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
import { isWaitedFor } from './pending-appends.ts';

interface FlushLimits {
  readonly maxRecords: number;
  readonly maxBytes: number;
}

/**
 * Takes at most one batch of each of these queues, until a limit is reached. The last record may exceed the byte limit:
 * otherwise a large record would never be sent.
 *
 * @param first index of the queue to begin with; the caller rotates it, so that a deep queue cannot starve the others
 */
export function gatherFlush(
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

/** When the first of these queues may be sent again; `undefined` when none waits for that. */
export function nextRetryAt(queues: Iterable<PartitionQueue>, now: number): number | undefined {
  let earliest: number | undefined;
  for (const { length, notBefore } of queues) {
    if (length > 0 && notBefore > now && (earliest === undefined || notBefore < earliest)) {
      earliest = notBefore;
    }
  }
  return earliest;
}

const shrinkFactor = 32;
const maxShrinks = 2;

/**
 * How much one request may carry. A store that ends the connection at a request may do so because of one
 * record in it: from the second such end in a row on, requests are 32 times smaller, then 1,024 times, so that the other
 * records get past it.
 */
export class AdaptiveFlushLimits {
  readonly #settings: Pick<LaneSettings, 'maxFlushRecords' | 'maxFlushBytes'>;
  #disconnects = 0;

  constructor(settings: Pick<LaneSettings, 'maxFlushRecords' | 'maxFlushBytes'>) {
    this.#settings = settings;
  }

  get(): FlushLimits {
    const { maxFlushRecords, maxFlushBytes } = this.#settings;
    const divisor = shrinkFactor ** Math.min(maxShrinks, Math.max(0, this.#disconnects - 1));
    return { maxRecords: Math.max(1, maxFlushRecords / divisor), maxBytes: maxFlushBytes / divisor };
  }

  /** @param failure of the last request; `undefined` when it was answered */
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
  /** The store has asked for a pause: it answers later. */
  readonly isPaused: () => boolean;
}

/** A store that calls itself paused for longer is given up, too. */
const longestPauseMs = 300_000;

/**
 * The answer to a request, or an error when it is given up.
 *
 * @throws what `sent` rejects with
 */
export async function awaitAnswer<A>(
  sent: Promise<A>,
  { giveUpMs, isPaused }: AwaitAnswerOptions,
): Promise<A> {
  let late: Error | undefined;
  // Not made before: an error takes its stack along, which costs more than the rest of this.
  const toLateError = () => {
    late = new Error(`there was no answer after ${giveUpMs} ms`);
    return late;
  };
  for (let waitedMs = giveUpMs; ; waitedMs += giveUpMs) {
    try {
      return await withDeadline(sent, giveUpMs, toLateError);
    } catch (error) {
      if (error !== late || !isPaused() || waitedMs >= longestPauseMs) {
        throw error;
      }
    }
  }
}

interface SettleDeps<R extends string> {
  readonly store: { readonly label: string | number };
  readonly clock: Clock;
  readonly metrics: Omit<LaneMetrics<R>, 'rebuilt'>;
}

/** Ends a request: each of its batches is stored, rejected, or back in its queue. */
export function settleRequest<R extends string>(
  { batches, startedAt }: Omit<LaneRequest<LaneConnection>, 'connection'>,
  { outcomes, failure }: RequestOutcome<R>,
  deps: SettleDeps<R>,
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
  { clock, metrics }: SettleDeps<R>,
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
      const waiting = entries.filter(isWaitedFor).length;
      if (queue.retry(batch, clock.now(), outcome.problem)) {
        metrics.retried(outcome.cause, waiting);
      }
      if (outcome.problem !== undefined) {
        // The connection works, so it is this queue that the store takes nothing for.
        queue.circuit.failure(startedAt);
      }
    }
  }
}
