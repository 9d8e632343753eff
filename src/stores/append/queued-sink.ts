import { type Rejection, type Sink, SinkError, type SinkHealth, type SinkRecord } from '../../ports/sink.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { PartitionQueue } from './partition-queue.ts';
import { PendingAppends } from './pending-appends.ts';
import { type EventsAndDeadLetterTopics, type QueuedStore, QueueSet } from './queue-set.ts';

export interface QueuedSinkDeps {
  readonly clock: Clock;
  readonly metrics: { observeQueue(readDepth: () => number): void };
  /** The topics of the sink, in pairs. A problem with one pair does not affect the other pairs. */
  readonly pairs: readonly EventsAndDeadLetterTopics[];
  /** Connects to the store. */
  readonly connect: () => QueuedStore;
}

/** Interval in milliseconds at which a starting sink checks whether its store accepts records. */
const startPollIntervalMs = 10;

/** Creates a sink whose records wait in queues until a lane sends them. */
export function createQueuedSink({ clock, metrics, connect, pairs }: QueuedSinkDeps): Sink {
  let state: 'new' | 'started' | 'closing' = 'new';
  let store: QueuedStore | undefined;
  let queueSet: QueueSet | undefined;
  let readyPromise: PromiseWithResolvers<void> | undefined;
  const pendingAppends = new PendingAppends({ clock, onSweep: sweepDeadlines });

  function health(): SinkHealth {
    if (queueSet === undefined) {
      return { up: false, detail: 'the sink has not been started' };
    }
    const queueHealth = queueSet.health(pairs);
    return { ...queueHealth, ...(!queueHealth.up && store?.isFinal?.() === true && { isFinal: true }) };
  }

  /**
   * Runs after each sweep of the pending appends.
   *
   * @param expired number of appends that reached their deadline since the last sweep
   */
  function sweepDeadlines(expired: number): void {
    if (expired > 0) {
      queueSet?.purge();
    }
    store?.onSweep?.();
  }

  function resolveWhenReady(): void {
    if (readyPromise !== undefined && health().up) {
      readyPromise.resolve();
      readyPromise = undefined;
    }
  }

  function enqueue(records: readonly SinkRecord[], deadline: number): Promise<readonly Rejection[]> {
    const all = queueSet;
    if (state !== 'started' || all === undefined) {
      throw new SinkError(
        'sink_closed',
        'The sink accepts no records: it has not been started, or it is closing.',
      );
    }
    // Chooses all queues before queuing any record, so that either all records of an append are queued or none are.
    const queues = records.map((record) => all.choose(record, deadline));
    if (records.length === 0) {
      return Promise.resolve([]);
    }
    const append = pendingAppends.add(records.length, deadline);
    for (let index = 0; index < records.length; index += 1) {
      const record = records[index] as SinkRecord;
      const sizeBytes = recordSize(record);
      (queues[index] as PartitionQueue).push({ record, append, index, sizeBytes, decided: false });
    }
    return append.promise;
  }

  return {
    async start() {
      if (state === 'new') {
        state = 'started';
        store = connect();
        const all = new QueueSet(store);
        queueSet = all;
        metrics.observeQueue(() => all.depth());
      }
      if (!health().up) {
        readyPromise ??= Promise.withResolvers();
        const poll = setInterval(resolveWhenReady, startPollIntervalMs);
        await readyPromise.promise.finally(() => clearInterval(poll));
      }
    },
    // Not async: an async function would add a promise and three microtasks to each append.
    append(records, deadline) {
      try {
        return enqueue(records, deadline);
      } catch (error) {
        return Promise.reject(error);
      }
    },
    health,
    status: () => ({ topics: queueSet?.statuses() ?? [], notice: store?.notice?.() }),
    async close() {
      if (state === 'closing') {
        return;
      }
      state = 'closing';
      readyPromise?.reject(
        new SinkError('sink_closed', 'The sink was closed before the store became available.'),
      );
      await pendingAppends.drained();
      store?.close();
    },
  };
}

/** Estimated size in bytes of the length and delta fields of one record. */
const recordOverheadBytes = 24;
const headerOverheadBytes = 4;

/**
 * Estimates the size in bytes of a record in a request. The estimate is too low for non-ASCII text. If a request is
 * therefore too large, the store rejects it, and its batches are halved and sent again.
 */
function recordSize({ key, value, headers }: SinkRecord): number {
  let bytes = value.length + (key === null ? 0 : key.length) + recordOverheadBytes;
  for (const name in headers) {
    bytes += name.length + (headers[name] as string).length + headerOverheadBytes;
  }
  return bytes;
}
