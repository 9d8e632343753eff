import { setTimeout as delay } from 'node:timers/promises';
import { SinkError, type SinkRecord } from '../../src/ports/sink.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { partitionFor } from '../../src/stores/append/partition-for.ts';
import type { PartitionQueue } from '../../src/stores/append/partition-queue.ts';
import { createPendingAppends } from '../../src/stores/append/pending-appends.ts';
import type { AbandonableSink } from '../../src/stores/spool/append-router.ts';
import { createQueue } from './queued-records.ts';

/** How the store behaves: it stores, it never answers, it loses every second answer, or every request fails. */
export type StoreMood = 'well' | 'hanging' | 'forgetful' | 'failing';

export interface FlakyStore extends AbandonableSink {
  mood: StoreMood;
  up: boolean;
  /** A partition that takes nothing. */
  refusing: number | undefined;
  /** Everything that is stored, in order; with what was stored twice. */
  readonly stored: readonly SinkRecord[];
}

const sendMs = 2;

/** The real queues and deadlines of a store, before a store whose faults a test chooses. */
export function createFlakyStore(partitionCount = 2): FlakyStore {
  const stored: SinkRecord[] = [];
  const appends = createPendingAppends({ clock: systemClock, onSweep: purge });
  const queues = Array.from({ length: partitionCount }, (_, partition) => {
    const circuit = { openAfterMs: 60_000, minFailures: 1_000, probeDelayMs: { first: 1, last: 1 } };
    const settings = { circuit, retryDelayMs: { first: 1, last: 4 } };
    return createQueue(partition, 'events', { clock: systemClock, settings });
  });
  const closed = new AbortController();
  let answers = 0;

  function purge(): void {
    for (const queue of queues) {
      queue.purge();
    }
  }

  async function send(queue: PartitionQueue): Promise<void> {
    while (!closed.signal.aborted) {
      await delay(sendMs);
      const batch = queue.isSendable(systemClock.now()) ? queue.take(10, 10_000) : undefined;
      if (batch !== undefined) {
        while (store.mood === 'hanging' && !closed.signal.aborted) {
          await delay(sendMs);
        }
        answers += 1;
        const isStored = store.mood !== 'failing' && queue.partition !== store.refusing;
        stored.push(...(isStored ? batch.records : []));
        if (!isStored || (store.mood === 'forgetful' && answers % 2 === 0)) {
          queue.retry(batch, systemClock.now());
        } else {
          queue.commit(batch);
        }
      }
    }
  }

  const store: FlakyStore = {
    mood: 'well',
    up: true,
    refusing: undefined,
    stored,
    async start() {
      for (const queue of queues) {
        void send(queue);
      }
    },
    async append(records, deadline) {
      const append = appends.add(records.length, deadline);
      for (const [index, record] of records.entries()) {
        const queue = queues[partitionFor(record.key ?? '', queues.length)] as PartitionQueue;
        queue.push({ record, append, index, sizeBytes: record.value.length, decided: false });
      }
      return append.promise;
    },
    abandon(destination) {
      const error = new SinkError('sink_unavailable', 'abandoned');
      if (destination === undefined) {
        appends.failAll(error);
      } else {
        queues[destination.partition ?? 0]?.abandon(error);
      }
      purge();
    },
    partitionCount: () => queues.length,
    problemOf: () => (store.up ? undefined : 'a test switched it off'),
    health: () => ({ up: store.up, detail: store.up ? '' : 'a test switched it off' }),
    async close() {
      await appends.drained();
      closed.abort();
    },
  };
  return store;
}
