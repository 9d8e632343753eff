import { toErrorCode } from './error-code.ts';
import { createProducerStates } from './producer-states.ts';
import { type ReadRecord, readBatch } from './read-batch.ts';
import { type MarkerFacts, type StoredBatch, toMarkerBatch, toStoredBatches } from './stored-batch.ts';

export interface ReadOptions {
  readonly fromOffset: number;
  readonly maxBytes: number;
  readonly isCommittedOnly: boolean;
  /** Whether the first batch is returned completely, even if it exceeds the size limit. */
  readonly mustProgress: boolean;
}

/** Log of one partition, with transactions and leader epochs. Readers see only committed records. */
export class PartitionLog {
  startOffset = 0;
  leaderEpoch = 0;
  /** High watermark: all in-sync replicas have the records before this offset. */
  highWatermark = 0;
  #batches: StoredBatch[] = [];
  /** All batches, including committed batches that were removed later. */
  #history: StoredBatch[] = [];
  #producers = createProducerStates();
  /** Offset ranges of committed transactions that were lost by truncation. */
  readonly #lost: { readonly from: number; readonly to: number }[] = [];
  #epochs: { readonly epoch: number; readonly startOffset: number }[] = [{ epoch: 0, startOffset: 0 }];
  #listeners = new Set<() => void>();

  get endOffset(): number {
    return Math.max(this.startOffset, (this.#batches.at(-1)?.lastOffset ?? -1) + 1);
  }

  get lastStableOffset(): number {
    return Math.min(this.#producers.firstOpenOffset() ?? this.highWatermark, this.highWatermark);
  }

  /** Whether the producer's transaction has records in this log but no marker yet. */
  hasOpenTransaction(producerId: bigint): boolean {
    return this.#producers.hasOpenTransaction(producerId);
  }

  /**
   * Whether a truncation can no longer be detected: the log has at least its previous length again, but contains no
   * committed records in the lost range.
   */
  get hidesLoss(): boolean {
    return this.#lost.some(
      ({ from, to }) => this.endOffset >= to && !this.records(from).some(({ offset }) => offset < to),
    );
  }

  /** Appends record batches. @throws RangeError if the bytes are not record batches */
  append(set: Buffer) {
    const batches = toStoredBatches(set, this.endOffset, this.leaderEpoch);
    // If no batch is appended, the offset stays −1.
    let baseOffset = -1;
    for (const batch of batches) {
      const { errorCode, duplicate } = this.#producers.judge(batch);
      if (errorCode !== 0) {
        return { errorCode, baseOffset: -1 };
      }
      if (duplicate === undefined) {
        this.#push(batch);
      }
      baseOffset = baseOffset < 0 ? (duplicate ?? batch).baseOffset : baseOffset;
    }
    return { errorCode: 0, baseOffset };
  }

  mark(facts: Omit<MarkerFacts, 'baseOffset' | 'leaderEpoch'>): void {
    this.#push(toMarkerBatch({ ...facts, baseOffset: this.endOffset, leaderEpoch: this.leaderEpoch }));
  }

  read({ fromOffset, maxBytes, isCommittedOnly, mustProgress }: ReadOptions) {
    const { startOffset, endOffset, highWatermark, lastStableOffset } = this;
    const facts = { highWatermark, lastStableOffset, startOffset };
    if (fromOffset < startOffset || fromOffset > endOffset) {
      const errorCode = toErrorCode('OFFSET_OUT_OF_RANGE');
      return {
        ...facts,
        highWatermark: -1,
        lastStableOffset: -1,
        errorCode,
        abortedTransactions: [],
        recordSet: Buffer.alloc(0),
      };
    }
    const limit = isCommittedOnly ? lastStableOffset : highWatermark;
    const found = this.#batches.filter(
      ({ baseOffset, lastOffset }) => lastOffset >= fromOffset && baseOffset < limit,
    );
    const room = mustProgress ? Math.max(maxBytes, found[0]?.bytes.length ?? 0) : maxBytes;
    const abortedTransactions = isCommittedOnly
      ? this.#producers.abortedFrom(fromOffset).filter(({ firstOffset }) => firstOffset < limit)
      : [];
    const recordSet = Buffer.concat(found.map(({ bytes }) => bytes)).subarray(0, room);
    return { ...facts, errorCode: 0, abortedTransactions, recordSet };
  }

  /** Returns the records that a reader of committed records gets. */
  records(fromOffset: number): readonly ReadRecord[] {
    const from = Math.max(fromOffset, this.startOffset);
    const aborted = this.#producers.abortedFrom(from);
    const isAborted = ({ isTransactional, producerId, baseOffset }: StoredBatch): boolean =>
      isTransactional &&
      aborted.some(
        (each) =>
          each.producerId === producerId && each.firstOffset <= baseOffset && baseOffset < each.lastOffset,
      );
    return this.#batches
      .filter((batch) => batch.lastOffset >= from && batch.baseOffset < this.lastStableOffset)
      .filter((batch) => batch.marker === undefined && !isAborted(batch))
      .flatMap(({ bytes }) => readBatch(bytes))
      .filter(({ offset }) => offset >= from);
  }

  /** Returns all records that were ever committed, and all records of aborted transactions, in the order of arrival. */
  everCommitted(): readonly ReadRecord[] {
    const here = new Set(this.#batches);
    return this.#history
      .filter((batch) => batch.marker === undefined)
      .filter((batch) => !here.has(batch) || batch.baseOffset < this.highWatermark)
      .flatMap(({ bytes }) => readBatch(bytes));
  }

  /**
   * Finds the first record with at least this timestamp. Returns −1 if there is none. Also accepts Kafka's special
   * timestamps −1 (latest) and −2 (earliest).
   */
  offsetAt(
    timestamp: number,
    isCommittedOnly: boolean,
  ): { readonly timestamp: number; readonly offset: number } {
    const limit = isCommittedOnly ? this.lastStableOffset : this.highWatermark;
    if (timestamp === -2 || timestamp === -1) {
      return { timestamp: -1, offset: timestamp === -2 ? this.startOffset : limit };
    }
    for (const { maxTimestampMs, bytes, baseOffset, marker } of this.#batches) {
      if (maxTimestampMs >= timestamp) {
        const found = (marker === undefined ? readBatch(bytes) : []).find(
          ({ timestampMs, offset }) => timestampMs >= timestamp && offset < limit,
        );
        // A marker also has a timestamp, but it is not a record that readers see.
        const offset = found?.offset ?? baseOffset;
        return offset < limit
          ? { timestamp: found?.timestampMs ?? maxTimestampMs, offset }
          : { timestamp: -1, offset: -1 };
      }
    }
    return { timestamp: -1, offset: -1 };
  }

  /**
   * Implements KIP-320. Returns the latest known epoch up to the requested one, and the end of that epoch's records.
   * Returns −1 and −1 for a future epoch.
   */
  epochEnd(epoch: number): { readonly epoch: number; readonly endOffset: number } {
    const latest = this.#epochs.at(-1);
    if (latest === undefined || epoch > latest.epoch || epoch < 0) {
      return { epoch: -1, endOffset: -1 };
    }
    if (epoch === latest.epoch) {
      return { epoch, endOffset: this.endOffset };
    }
    const next = this.#epochs.find((each) => each.epoch > epoch);
    const floor = this.#epochs.findLast((each) => each.epoch <= epoch);
    return { epoch: floor?.epoch ?? epoch, endOffset: next?.startOffset ?? this.endOffset };
  }

  /** Commits all records, because all in-sync replicas have stored them. */
  commit(): void {
    if (this.highWatermark !== this.endOffset) {
      this.highWatermark = this.endOffset;
      this.#notify();
    }
  }

  /** Starts the epoch of a new leader. */
  elect(): void {
    this.leaderEpoch += 1;
    this.#epochs.push({ epoch: this.leaderEpoch, startOffset: this.endOffset });
  }

  /**
   * Truncates the log from an offset onwards, in whole batches, as an unclean election does. If a transaction loses its
   * marker, its records are also removed, because the transaction would otherwise stay open until an operator aborts
   * it.
   */
  cutBack(offset: number): void {
    const lost: StoredBatch[] = [];
    const hasLostItsMarker = () =>
      lost.some(({ marker, producerId }) => marker !== undefined && this.hasOpenTransaction(producerId));
    while ((this.#batches.at(-1)?.lastOffset ?? -1) >= offset || hasLostItsMarker()) {
      lost.push(...this.#batches.splice(-1));
      this.#producers = createProducerStates();
      for (const batch of this.#batches) {
        this.#producers.note(batch);
      }
    }
    const committed = lost.find(
      ({ marker, lastOffset }) => marker === 'commit' && lastOffset < this.highWatermark,
    );
    if (committed !== undefined) {
      this.#lost.push({ from: this.endOffset, to: committed.lastOffset + 1 });
    }
    const unseen = new Set(lost.filter(({ lastOffset }) => lastOffset >= this.highWatermark));
    this.#history = this.#history.filter((batch) => !unseen.has(batch));
    this.highWatermark = Math.min(this.highWatermark, this.endOffset);
    this.#epochs = this.#epochs.filter(
      ({ startOffset }) => startOffset < this.endOffset || startOffset === 0,
    );
    this.elect();
  }

  /** Deletes old records, as Kafka's retention does. */
  deleteBefore(offset: number): void {
    this.startOffset = Math.max(this.startOffset, Math.min(offset, this.highWatermark));
    this.#batches = this.#batches.filter(({ lastOffset }) => lastOffset >= this.startOffset);
  }

  /** Closes the log of a deleted topic, and notifies pending readers. */
  close(): void {
    this.#notify();
  }

  /** Calls the listener after each commit and when the log closes. @returns a function that removes the listener */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #push(batch: StoredBatch): void {
    this.#batches.push(batch);
    this.#history.push(batch);
    this.#producers.note(batch);
  }

  #notify(): void {
    for (const listener of this.#listeners) {
      listener();
    }
  }
}
