import { partitionFor } from '../../../src/append/partition-for.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { type Destination, type Rejection, SinkError, type SinkRecord } from '../../../src/sink/sink.ts';
import type { AbandonableSink } from '../../../src/spool/append-router.ts';
import { type ModelStore, partitionCount } from './model-store.ts';

interface PendingAppend {
  left: number;
  isSettled: boolean;
  settle(error?: Error): void;
}

interface Entry {
  readonly record: SinkRecord;
  readonly append: PendingAppend;
}

interface Lane {
  readonly partition: number;
  inFlight: readonly Entry[];
  waiting: Entry[];
  isBusy: boolean;
}

const mostInRequest = 1_000;
const retryMs = 100;

/** The way of one process to the store: lanes, each with one request in flight, as `src/append` has them. */
export class StoreSink implements AbandonableSink {
  readonly #store: ModelStore;
  readonly #lanes: readonly Lane[] = Array.from({ length: partitionCount }, (_, partition) => ({
    partition,
    inFlight: [],
    waiting: [],
    isBusy: false,
  }));
  readonly #appends = new Set<PendingAppend>();
  #isClosed = false;

  constructor(store: ModelStore) {
    this.#store = store;
  }

  async start(): Promise<void> {}

  async append(records: readonly SinkRecord[], deadline: number): Promise<readonly Rejection[]> {
    this.#store.asked('append');
    if (this.#isClosed || this.#store.mood === 'away') {
      throw new SinkError('sink_unavailable', 'the store is away');
    }
    for (const { topic, key } of records) {
      const problem = this.problemOf({
        topic,
        partition: key === null ? null : partitionFor(key, partitionCount),
      });
      if (problem !== undefined) {
        throw new SinkError('sink_unavailable', problem);
      }
    }
    this.#store.check(records);
    const rejections = records.flatMap((record, index) => {
      const reason = this.#store.reasonToReject(record);
      return reason === undefined ? [] : [{ index, reason }];
    });
    const stored = records.filter((record) => this.#store.reasonToReject(record) === undefined);
    if (stored.length > 0) {
      await this.#put(stored, deadline);
    }
    return rejections;
  }

  abandon(destination?: Destination): void {
    const error = new SinkError('sink_unavailable', 'the append was abandoned');
    if (destination === undefined) {
      for (const append of this.#appends) {
        append.settle(error);
      }
      return;
    }
    const { topic, partition } = destination;
    for (const { waiting, inFlight } of this.#lanes.filter((lane) => lane.partition === partition)) {
      for (const { record, append } of [...waiting, ...inFlight]) {
        if (record.topic === topic && !append.isSettled) {
          append.settle(error);
        }
      }
    }
  }

  partitionCount(): number {
    return partitionCount;
  }

  problemOf({ partition }: Destination): string | undefined {
    this.#store.asked('health');
    if (this.#store.mood === 'away') {
      return 'the store is away';
    }
    return partition !== null && this.#store.refusals.get(partition) === 'loud'
      ? `partition ${partition} takes nothing`
      : undefined;
  }

  health() {
    this.#store.asked('health');
    const isAway = this.#store.mood === 'away';
    return { up: !isAway, detail: isAway ? 'the store is away' : '' };
  }

  async close(): Promise<void> {
    while (this.#appends.size > 0) {
      await new Promise((resolve) => setTimeout(resolve, retryMs));
    }
    this.#isClosed = true;
  }

  #put(records: readonly SinkRecord[], deadline: number): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const late = new SinkError('sink_timeout', 'the deadline has passed');
    const timer = setTimeout(() => append.settle(late), Math.max(0, deadline - systemClock.now()));
    const append: PendingAppend = {
      left: records.length,
      isSettled: false,
      settle: (error) => {
        append.isSettled = true;
        this.#appends.delete(append);
        clearTimeout(timer);
        if (error === undefined) {
          resolve();
        } else {
          reject(error);
        }
      },
    };
    this.#appends.add(append);
    for (const record of records) {
      this.#laneOf(record).waiting.push({ record, append });
    }
    for (const lane of this.#lanes) {
      this.#send(lane);
    }
    return promise;
  }

  #laneOf({ key }: SinkRecord): Lane {
    return this.#lanes[partitionFor(key ?? '', partitionCount)] as Lane;
  }

  /** What was given up meanwhile is not sent any more. */
  #send(lane: Lane): void {
    lane.waiting = lane.waiting.filter(({ append }) => !append.isSettled);
    if (lane.isBusy || this.#isClosed || lane.waiting.length === 0) {
      return;
    }
    lane.isBusy = true;
    const sent = lane.waiting.splice(0, mostInRequest);
    lane.inFlight = sent;
    const goOn = () => {
      lane.isBusy = false;
      lane.inFlight = [];
      this.#send(lane);
    };
    const records = sent.map(({ record }) => record);
    this.#store.request(records, lane.partition, (isAnswered) => {
      if (!isAnswered) {
        lane.waiting.unshift(...sent);
        setTimeout(goOn, retryMs);
        return;
      }
      for (const { append } of sent) {
        append.left -= 1;
        if (append.left === 0 && !append.isSettled) {
          append.settle();
        }
      }
      goOn();
    });
  }
}
