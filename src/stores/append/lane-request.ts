import { SinkError } from '../../ports/sink.ts';
import type { Clock } from '../../runtime/clock.ts';
import { within } from '../../runtime/within.ts';
import type { BatchOutcome, LaneConnection, LaneMetrics, LaneRequest, RequestOutcome } from './lane-store.ts';
import type { QueuedBatch } from './partition-queue.ts';
import { isWaitedFor } from './pending-appends.ts';

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
      return await within(sent, giveUpMs, toLateError);
    } catch (error) {
      if (late === undefined || error !== late || !isPaused() || waitedMs >= longestPauseMs) {
        throw error;
      }
    }
  }
}

interface SettleDeps<R extends string> {
  /** Where the request went, for metrics. */
  readonly label: string | number;
  readonly clock: Clock;
  readonly metrics: Omit<LaneMetrics<R>, 'rebuilt'>;
}

/** Ends a request: each of its batches is stored, rejected, or back in its queue. */
export function settleRequest<R extends string>(
  { batches, startedAt }: Omit<LaneRequest<LaneConnection>, 'connection'>,
  { outcomes, failure }: RequestOutcome<R>,
  deps: SettleDeps<R>,
): void {
  const { label, clock, metrics } = deps;
  if (failure === undefined || failure === 'answer_check') {
    metrics.produced({
      to: label,
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
  const { queue, topic, entries } = batch;
  switch (outcome.action) {
    case 'commit':
      queue.commit(batch);
      break;
    case 'reject':
      queue.reject(batch, outcome.reason);
      break;
    case 'deny':
      queue.problem = outcome.problem;
      queue.putBack(batch);
      queue.failAll(
        new SinkError('sink_unavailable', `The store does not allow writing to ${topic}: ${outcome.problem}`),
      );
      queue.circuit.trip();
      break;
    case 'retry': {
      const waiting = entries.filter(isWaitedFor).length;
      queue.problem = outcome.problem;
      if (queue.retry(batch, clock.now())) {
        metrics.retried(outcome.cause, waiting);
      }
      if (outcome.problem !== undefined) {
        // The connection works, so it is this queue that the store takes nothing for.
        queue.circuit.failure(startedAt);
      }
    }
  }
}
