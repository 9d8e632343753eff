import type { TopicConfig } from './topic-config.ts';

/** A record batch as it lies in the log. */
export interface StoredBatch {
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly bytes: Buffer;
}

/** Told once: whether what was appended is committed, or nobody knows, because another broker leads. */
type CommitListener = (isCommitted: boolean) => void;

interface PartitionDeps {
  readonly topic: string;
  readonly partition: number;
  readonly replicas: readonly number[];
  readonly config: TopicConfig;
}

const headerBytes = 61;
const leaderEpochAt = 12;
const lastOffsetDeltaAt = 23;

/**
 * The log of one partition, with its leader and its replicas. What not all in-sync replicas have is not committed, and
 * nothing is while they are fewer than `min.insync.replicas` (KIP-966).
 */
export class SimulatedPartition {
  readonly topic: string;
  readonly partition: number;
  readonly replicas: readonly number[];
  /** Node id; -1 for none. */
  leader: number;
  leaderEpoch = 0;
  inSync: number[];
  batches: StoredBatch[] = [];
  /** The high watermark: everything before it is committed. */
  committed = 0;
  readonly #config: TopicConfig;
  /** Have everything that is committed, though they are not in sync: they may lead when nobody does. */
  #eligible = new Set<number>();
  #waiting: { readonly upTo: number; readonly listener: CommitListener }[] = [];

  constructor({ topic, partition, replicas, config }: PartitionDeps) {
    this.#config = config;
    this.topic = topic;
    this.partition = partition;
    this.replicas = replicas;
    this.inSync = [...replicas];
    this.leader = replicas[0] ?? -1;
  }

  /** The offset of the next record. */
  get end(): number {
    return (this.batches.at(-1)?.lastOffset ?? -1) + 1;
  }

  /** A topic cannot ask for more replicas than it has. */
  get hasEnoughInSync(): boolean {
    const asked = this.#config.number('min.insync.replicas');
    return this.inSync.length >= Math.min(asked, this.replicas.length);
  }

  isEligible(id: number): boolean {
    return this.inSync.includes(id) || this.#eligible.has(id);
  }

  /** A replica is in sync no more. */
  leave(id: number): void {
    if (this.inSync.includes(id)) {
      this.inSync = this.inSync.filter((each) => each !== id);
      if (!this.hasEnoughInSync) {
        this.#eligible.add(id);
      }
    }
  }

  /** A replica has what its leader has. */
  join(id: number): void {
    if (!this.inSync.includes(id)) {
      this.inSync.push(id);
    }
    this.#eligible.delete(id);
    if (this.hasEnoughInSync) {
      this.#eligible.clear();
    }
  }

  /** Gives the batch its offsets. @returns the first one */
  append(batch: Buffer): number {
    if (batch.length < headerBytes) {
      throw new RangeError(`A batch of ${batch.length} bytes is shorter than its header`);
    }
    const bytes = Buffer.from(batch);
    const baseOffset = this.end;
    bytes.writeBigInt64BE(BigInt(baseOffset), 0);
    bytes.writeInt32BE(this.leaderEpoch, leaderEpochAt);
    this.batches.push({ baseOffset, lastOffset: baseOffset + bytes.readInt32BE(lastOffsetDeltaAt), bytes });
    return baseOffset;
  }

  /** @param upTo the end of what was appended */
  whenCommitted(upTo: number, listener: CommitListener): void {
    this.#waiting.push({ upTo, listener });
  }

  /** All in-sync replicas have everything. */
  commit(): void {
    if (!this.hasEnoughInSync) {
      return;
    }
    this.committed = this.end;
    this.#settle(true);
  }

  /** @param hasAll whether the new leader has what was not committed; otherwise it is cut off */
  elect(leader: number, hasAll: boolean): void {
    const isAnother = leader !== this.leader;
    this.leader = leader;
    this.leaderEpoch += 1;
    if (leader !== -1 && !hasAll) {
      this.batches = this.batches.filter(({ lastOffset }) => lastOffset < this.committed);
    }
    if (isAnother) {
      this.#settle(false);
    }
  }

  #settle(isCommitted: boolean): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { listener } of waiting) {
      listener(isCommitted);
    }
  }
}
