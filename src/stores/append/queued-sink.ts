import { type Rejection, type Sink, SinkError, type SinkHealth, type SinkRecord } from '../../ports/sink.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { PartitionQueue } from './partition-queue.ts';
import { createPendingAppends } from './pending-appends.ts';
import { type QueuedStore, QueueSet, type TopicPair } from './queue-set.ts';

export interface QueuedSinkDeps {
  readonly clock: Clock;
  readonly metrics: { observeQueue(readDepth: () => number): void };
  /** Its topics. What one pair of them does not take stops no other. */
  readonly pairs: readonly TopicPair[];
  /** @param onChange to be called whenever records may be taken that were not, or the other way round */
  readonly connect: (onChange: () => void) => QueuedStore;
}

/** A sink whose records wait in queues until a lane has sent them. */
export function createQueuedSink({ clock, metrics, connect, pairs }: QueuedSinkDeps): Sink {
  let state: 'new' | 'started' | 'closing' = 'new';
  let store: QueuedStore | undefined;
  let queueSet: QueueSet | undefined;
  let ready: PromiseWithResolvers<void> | undefined;
  const appends = createPendingAppends({ clock, onSweep: sweep });

  function health(): SinkHealth {
    if (queueSet === undefined) {
      return { up: false, detail: 'the sink is not started' };
    }
    const known = queueSet.health(pairs);
    return { ...known, ...(!known.up && store?.isFinal?.() === true && { isFinal: true }) };
  }

  /** @param expired how many appends were given up since the last time */
  function sweep(expired: number): void {
    if (expired > 0) {
      queueSet?.purge();
    }
    store?.onSweep?.();
  }

  function resolveWhenReady(): void {
    if (ready !== undefined && health().up) {
      ready.resolve();
      ready = undefined;
    }
  }

  function enqueue(records: readonly SinkRecord[], deadline: number): Promise<readonly Rejection[]> {
    const all = queueSet;
    if (state !== 'started' || all === undefined) {
      throw new SinkError('sink_closed', 'The sink takes no records: it is not started, or it is closing.');
    }
    // All queues first: either every record of an append is queued, or none.
    const queues = records.map((record) => all.choose(record, deadline));
    if (records.length === 0) {
      return Promise.resolve([]);
    }
    const append = appends.add(records.length, deadline);
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
        store = connect(resolveWhenReady);
        const all = new QueueSet(store);
        queueSet = all;
        metrics.observeQueue(() => all.depth());
      }
      if (!health().up) {
        ready ??= Promise.withResolvers();
        await ready.promise;
      }
    },
    // Not async: that would add a promise and three turns of the microtask queue to each append.
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
      ready?.reject(new SinkError('sink_closed', 'The sink was closed before it could start.'));
      await appends.drained();
      store?.close();
    },
  };
}

/** Lengths and deltas of one record. */
const recordOverheadBytes = 24;
const headerOverheadBytes = 4;

/**
 * About how many bytes a record takes in a request. Text outside ASCII takes more than is counted here. A store that
 * refuses a request which becomes too large by that gets it again in parts.
 */
function recordSize({ key, value, headers }: SinkRecord): number {
  let bytes = value.length + (key === null ? 0 : key.length) + recordOverheadBytes;
  for (const name in headers) {
    bytes += name.length + (headers[name] as string).length + headerOverheadBytes;
  }
  return bytes;
}
