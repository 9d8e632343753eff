import {
  type Destination,
  type Rejection,
  type RejectionReason,
  SinkError,
  type SinkRecord,
} from '../../src/ports/sink.ts';
import { partitionFor } from '../../src/stores/append/partition-for.ts';
import type { AbandonableSink } from '../../src/stores/spool/append-router.ts';

/** A sink whose faults a test chooses: real stores do not fail on demand. */
export interface MemorySink extends AbandonableSink {
  readonly records: SinkRecord[];
  /** Appends throw this until it is cleared. */
  failure: SinkError | undefined;
  /** Appends wait for this. */
  gate: Promise<void> | undefined;
  up: boolean;
  isClosed: boolean;
  /** Of each topic. */
  partitions: number;
  /** Throws this for an append that has such a record. */
  refuse: (record: SinkRecord) => SinkError | undefined;
  /** Says "never" to a record. */
  reject: (record: SinkRecord) => RejectionReason | undefined;
}

export function createMemorySink(): MemorySink {
  const pending = new Set<{ readonly records: readonly SinkRecord[]; fail(error: SinkError): void }>();
  const sink: MemorySink = {
    records: [],
    failure: undefined,
    gate: undefined,
    up: true,
    isClosed: false,
    partitions: 1,
    refuse: () => undefined,
    reject: () => undefined,
    async start() {},
    async append(records) {
      const { promise, reject: fail } = Promise.withResolvers<never>();
      const append = { records, fail };
      pending.add(append);
      try {
        await Promise.race([sink.gate, promise]);
      } finally {
        pending.delete(append);
      }
      const failure = sink.failure ?? records.map((record) => sink.refuse(record)).find(Boolean);
      if (failure !== undefined) {
        throw failure;
      }
      const rejections: Rejection[] = [];
      for (const [index, record] of records.entries()) {
        const reason = sink.reject(record);
        if (reason === undefined) {
          sink.records.push(record);
        } else {
          rejections.push({ index, reason });
        }
      }
      return rejections;
    },
    abandon(destination) {
      for (const { records, fail } of [...pending]) {
        if (destination === undefined || records.some((record) => isFor(record, destination))) {
          fail(new SinkError('sink_unavailable', 'abandoned'));
        }
      }
    },
    partitionCount: () => sink.partitions,
    problemOf: () => (sink.up ? undefined : 'a test switched it off'),
    health: () => ({ up: sink.up, detail: sink.up ? '' : 'a test switched it off' }),
    async close() {
      sink.isClosed = true;
    },
  };
  return sink;

  function isFor({ topic, key }: SinkRecord, destination: Destination): boolean {
    return (
      topic === destination.topic &&
      key !== null &&
      partitionFor(key, sink.partitions) === destination.partition
    );
  }
}
