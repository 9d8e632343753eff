import type { Rejection, RejectionReason, Sink, SinkError, SinkRecord } from '../../src/ports/sink.ts';

/** A sink whose faults a test controls, because real stores do not fail on demand. */
export interface MemorySink extends Sink {
  readonly records: SinkRecord[];
  /** Appends throw this until it is cleared. */
  failure: SinkError | undefined;
  /** Appends wait for this. */
  gate: Promise<void> | undefined;
  up: boolean;
  isClosed: boolean;
  /** Returns an error for a record, which fails its append. */
  refuse: (record: SinkRecord) => SinkError | undefined;
  /** Returns a reason to reject a record permanently. */
  reject: (record: SinkRecord) => RejectionReason | undefined;
}

export function createMemorySink(): MemorySink {
  const sink: MemorySink = {
    records: [],
    failure: undefined,
    gate: undefined,
    up: true,
    isClosed: false,
    refuse: () => undefined,
    reject: () => undefined,
    async start() {},
    async append(records) {
      await sink.gate;
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
    health: () => ({ up: sink.up, detail: sink.up ? '' : 'a test switched it off' }),
    async close() {
      sink.isClosed = true;
    },
  };
  return sink;
}
