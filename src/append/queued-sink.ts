import type { Clock } from '../runtime/clock.ts';
import { type Rejection, type Sink, SinkError, type SinkHealth, type SinkRecord } from '../sink/sink.ts';
import type { PartitionQueue } from './partition-queue.ts';
import { createPendingAppends } from './pending-appends.ts';
import { recordSize } from './record-size.ts';

/** What a sink of queues is made of, once it has begun to connect. */
export interface QueuedStore {
  /** One sentence for each reason why records are not taken. */
  problems(): readonly string[];
  /** @throws {SinkError} when the record cannot be sent in time */
  queueFor(record: Pick<SinkRecord, 'topic' | 'key'>, deadline: number): PartitionQueue;
  /** Runs every few milliseconds while appends are pending. @param expired how many of them were given up since then */
  sweep(expired: number): void;
  close(): void;
}

export interface QueuedSinkDeps {
  readonly clock: Clock;
  /** @param onChange to be called whenever `problems` may have changed */
  readonly connect: (onChange: () => void) => QueuedStore;
}

/** A sink whose records wait in queues until a lane has sent them. */
export function createQueuedSink({ clock, connect }: QueuedSinkDeps): Sink {
  let state: 'new' | 'started' | 'closing' | 'closed' = 'new';
  let store: QueuedStore | undefined;
  let ready: PromiseWithResolvers<void> | undefined;
  const appends = createPendingAppends({ clock, onSweep: (expired) => store?.sweep(expired) });

  function health(): SinkHealth {
    const problems = store?.problems() ?? ['the sink is not started'];
    return { up: problems.length === 0, detail: problems.join('; ') };
  }

  function resolveWhenReady(): void {
    if (ready !== undefined && health().up) {
      ready.resolve();
      ready = undefined;
    }
  }

  function enqueue(records: readonly SinkRecord[], deadline: number): Promise<readonly Rejection[]> {
    const current = store;
    if (state !== 'started' || current === undefined) {
      throw new SinkError('sink_closed', 'The sink takes no records: it is not started, or it is closing.');
    }
    // All queues first: either every record of an append is queued, or none.
    const queues = records.map((record) => current.queueFor(record, deadline));
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
    abandon() {
      const { size } = appends;
      appends.failAll(new SinkError('sink_unavailable', 'The append was abandoned.'));
      store?.sweep(size);
    },
    health,
    async close() {
      if (state === 'closing' || state === 'closed') {
        return;
      }
      state = 'closing';
      ready?.reject(new SinkError('sink_closed', 'The sink was closed before it could start.'));
      await appends.drained();
      store?.close();
      state = 'closed';
    },
  };
}
