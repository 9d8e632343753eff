import { toErrorCode } from './error-code.ts';

export type Marker = 'commit' | 'abort';

/**
 * A participant of a transaction: either a partition as `topic-partition`, or a consumer group whose offsets the
 * transaction commits.
 */
export interface TransactionPart {
  readonly kind: 'partition' | 'group';
  readonly name: string;
}

export interface Producer {
  readonly producerId: bigint;
  readonly producerEpoch: number;
}

export interface TransactionCoordinatorDeps {
  /** Starts a timer. @returns a function that cancels it */
  readonly after: (ms: number, run: () => void) => () => void;
  /** Returns the delay before a marker is written. */
  readonly markerDelayMs: () => number;
  /** Writes a marker. @returns `false` while the participant has no leader; the coordinator then retries the marker */
  readonly writeMarker: (part: TransactionPart, producer: Producer, marker: Marker) => boolean;
}

interface Transaction {
  readonly producerId: bigint;
  producerEpoch: number;
  timeoutMs: number;
  state: 'empty' | 'ongoing' | 'commit' | 'abort' | 'committed' | 'aborted';
  readonly parts: Map<string, TransactionPart>;
  cancelTimeout: () => void;
}

const markerRetryMs = 50;
/** Kafka's default value of `transaction.max.timeout.ms`. */
const maxTimeoutMs = 900_000;

/**
 * Transactions by transactional id, as brokers manage them for clients without KIP-890. If an id is initialised again
 * or its timeout expires, the coordinator aborts the open transaction and fences its producer. Methods return error
 * codes.
 */
export class TransactionCoordinator {
  readonly #deps: TransactionCoordinatorDeps;
  readonly #transactions = new Map<string, Transaction>();
  /** Producer ids exceed JavaScript's safe integer range, as the ids of some real brokers do. */
  #nextProducerId = 2n ** 62n + 1n;

  constructor(deps: TransactionCoordinatorDeps) {
    this.#deps = deps;
  }

  initProducerId(id: string, timeoutMs: number): { readonly errorCode: number } & Producer {
    const refused = { producerId: -1n, producerEpoch: -1 };
    if (timeoutMs <= 0 || timeoutMs > maxTimeoutMs) {
      return { errorCode: toErrorCode('INVALID_TRANSACTION_TIMEOUT'), ...refused };
    }
    const known = this.#transactions.get(id);
    if (known === undefined) {
      const producer = { producerId: this.#nextProducerId, producerEpoch: 0 };
      this.#nextProducerId += 1n;
      const begun = { timeoutMs, state: 'empty', parts: new Map(), cancelTimeout: () => undefined } as const;
      this.#transactions.set(id, { ...producer, ...begun });
      return { errorCode: 0, ...producer };
    }
    if (known.state === 'ongoing') {
      this.#fence(known);
    }
    if (known.state === 'commit' || known.state === 'abort') {
      return { errorCode: toErrorCode('CONCURRENT_TRANSACTIONS'), ...refused };
    }
    known.producerEpoch += 1;
    known.timeoutMs = timeoutMs;
    known.state = 'empty';
    return { errorCode: 0, producerId: known.producerId, producerEpoch: known.producerEpoch };
  }

  addParts(id: string, producer: Producer, parts: readonly TransactionPart[]): number {
    const known = this.#transactions.get(id);
    if (known === undefined || known.producerId !== producer.producerId) {
      return toErrorCode('INVALID_PRODUCER_ID_MAPPING');
    }
    if (known.producerEpoch !== producer.producerEpoch) {
      return toErrorCode('INVALID_PRODUCER_EPOCH');
    }
    if (known.state === 'commit' || known.state === 'abort') {
      return toErrorCode('CONCURRENT_TRANSACTIONS');
    }
    if (known.state !== 'ongoing') {
      known.state = 'ongoing';
      known.cancelTimeout = this.#deps.after(known.timeoutMs, () => this.#fence(known));
    }
    for (const part of parts) {
      known.parts.set(`${part.kind} ${part.name}`, part);
    }
    return 0;
  }

  /** Ends a transaction. The coordinator responds when it has stored the decision, and writes the markers later. */
  end(id: string, producer: Producer, marker: Marker): number {
    const known = this.#transactions.get(id);
    if (known === undefined || known.producerId !== producer.producerId) {
      return toErrorCode('INVALID_PRODUCER_ID_MAPPING');
    }
    if (known.producerEpoch !== producer.producerEpoch) {
      return toErrorCode('INVALID_PRODUCER_EPOCH');
    }
    if (known.state === 'ongoing') {
      this.#decide(known, marker);
      return 0;
    }
    if (known.state === marker) {
      return toErrorCode('CONCURRENT_TRANSACTIONS');
    }
    return known.state === (marker === 'commit' ? 'committed' : 'aborted')
      ? 0
      : toErrorCode('INVALID_TXN_STATE');
  }

  /**
   * Verifies that a producer may write in its transaction. Partition leaders and group coordinators call this method
   * first.
   */
  verify({ kind, name }: TransactionPart, { producerId, producerEpoch }: Producer): number {
    const known = [...this.#transactions.values()].find((each) => each.producerId === producerId);
    if (known === undefined) {
      return toErrorCode('INVALID_PRODUCER_ID_MAPPING');
    }
    if (known.producerEpoch !== producerEpoch) {
      return toErrorCode('INVALID_PRODUCER_EPOCH');
    }
    if (known.state === 'commit' || known.state === 'abort') {
      return toErrorCode('NOT_ENOUGH_REPLICAS');
    }
    return known.state === 'ongoing' && known.parts.has(`${kind} ${name}`)
      ? 0
      : toErrorCode('INVALID_TXN_STATE');
  }

  /**
   * Transactions that are still open or still lack some of their markers. Rule checks use this list at the end of a
   * round.
   */
  unfinished(): readonly string[] {
    return [...this.#transactions]
      .filter(([, { state }]) => state === 'ongoing' || state === 'commit' || state === 'abort')
      .map(([id, { state }]) => `${id} ${state}`);
  }

  #fence(transaction: Transaction): void {
    transaction.producerEpoch += 1;
    this.#decide(transaction, 'abort');
  }

  #decide(transaction: Transaction, marker: Marker): void {
    const { producerId, producerEpoch, parts } = transaction;
    transaction.cancelTimeout();
    transaction.state = marker;
    const missing = new Set(parts.keys());
    for (const [name, part] of parts) {
      const write = (): void => {
        if (!this.#deps.writeMarker(part, { producerId, producerEpoch }, marker)) {
          this.#deps.after(markerRetryMs, write);
          return;
        }
        missing.delete(name);
        if (missing.size === 0) {
          parts.clear();
          transaction.state = marker === 'commit' ? 'committed' : 'aborted';
        }
      };
      this.#deps.after(this.#deps.markerDelayMs(), write);
    }
  }
}
