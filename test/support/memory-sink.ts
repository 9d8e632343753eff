import {
  type Rejection,
  type RejectionReason,
  type Sink,
  SinkError,
  type SinkRecord,
} from '../../src/sink/sink.ts';

/** A sink whose faults a test chooses: real stores do not fail on demand. */
export interface MemorySink extends Sink {
  abandon(): void;
  readonly records: SinkRecord[];
  /** Appends throw this until it is cleared. */
  failure: SinkError | undefined;
  /** Appends wait for this. */
  gate: Promise<void> | undefined;
  up: boolean;
  isClosed: boolean;
  /** Says "never" to a record. */
  reject: (record: SinkRecord) => RejectionReason | undefined;
}

export function createMemorySink(): MemorySink {
  let abandoned = Promise.withResolvers<never>();
  abandoned.promise.catch(() => {});
  const sink: MemorySink = {
    records: [],
    failure: undefined,
    gate: undefined,
    up: true,
    isClosed: false,
    reject: () => undefined,
    async start() {},
    async append(records) {
      await Promise.race([sink.gate, abandoned.promise]);
      if (sink.failure !== undefined) {
        throw sink.failure;
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
    abandon() {
      abandoned.reject(new SinkError('sink_unavailable', 'abandoned'));
      abandoned = Promise.withResolvers();
      abandoned.promise.catch(() => {});
    },
    health: () => ({ up: sink.up, detail: sink.up ? '' : 'a test switched it off' }),
    async close() {
      sink.isClosed = true;
    },
  };
  return sink;
}
