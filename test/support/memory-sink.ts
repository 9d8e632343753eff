import type { Rejection, RejectionReason, Sink, SinkError, SinkRecord } from '../../src/ports/sink.ts';

/** A sink whose faults a test controls, because real stores do not fail on demand. */
export interface MemorySink extends Sink {
  readonly records: SinkRecord[];
  /** If set, every append throws this error. */
  failure: SinkError | undefined;
  /** If set, every append waits for this promise. */
  gate: Promise<void> | undefined;
  up: boolean;
  isClosed: boolean;
  /** Returns an error for a record. The error makes the append fail. */
  refuse: (record: SinkRecord) => SinkError | undefined;
  /** Returns the reason for which the sink permanently rejects a record. */
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
