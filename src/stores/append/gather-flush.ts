import type { LaneFailure, LaneSettings } from './lane-store.ts';
import type { PartitionQueue, QueuedBatch } from './partition-queue.ts';

export interface FlushLimits {
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
