import type { TopicConfig } from './topic-config.ts';
import { PartitionLog } from './transactions/partition-log.ts';

/** Told once: whether what was appended is committed, or nobody knows, because another broker leads. */
type CommitListener = (isCommitted: boolean) => void;

interface PartitionDeps {
  readonly topic: string;
  readonly partition: number;
  readonly replicas: readonly number[];
  readonly config: TopicConfig;
}

/**
 * The log of one partition, with its leader and its replicas. What not all in-sync replicas have is not committed, and
 * nothing is while they are fewer than `min.insync.replicas` (KIP-966).
 */
export class Partition {
  readonly topic: string;
  readonly partition: number;
  readonly replicas: readonly number[];
  readonly log = new PartitionLog();
  /** Node id; -1 for none. */
  leader: number;
  inSync: number[];
  readonly #config: TopicConfig;
  /** Have everything that is committed, though they are not in sync: they may lead when nobody does. */
  #eligible = new Set<number>();
  #waiting: CommitListener[] = [];

  constructor({ topic, partition, replicas, config }: PartitionDeps) {
    this.#config = config;
    this.topic = topic;
    this.partition = partition;
    this.replicas = replicas;
    this.inSync = [...replicas];
    this.leader = replicas[0] ?? -1;
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

  /** Of all that was appended until now. */
  whenCommitted(listener: CommitListener): void {
    this.#waiting.push(listener);
  }

  /** All in-sync replicas have everything. */
  commit(): void {
    if (this.hasEnoughInSync) {
      this.log.commit();
      this.#settle(true);
    }
  }

  /** @param hasAll whether the new leader has what was not committed; otherwise it is cut off */
  elect(leader: number, hasAll: boolean): void {
    const isAnother = leader !== this.leader;
    this.leader = leader;
    if (leader === -1 || hasAll) {
      this.log.elect();
    } else {
      this.log.cutBack(this.log.highWatermark);
    }
    if (isAnother) {
      this.#settle(false);
    }
  }

  /** An unclean election: the new leader lacks what stands from there on. */
  cutBack(offset: number): void {
    this.log.cutBack(offset);
    this.#settle(false);
  }

  #settle(isCommitted: boolean): void {
    for (const listener of this.#waiting.splice(0)) {
      listener(isCommitted);
    }
  }
}
