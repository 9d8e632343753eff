import type { TopicConfig } from './topic-config.ts';
import { PartitionLog } from './transactions/partition-log.ts';

/** Called once, with `false` if the outcome is unknown because another broker became leader. */
type CommitListener = (isCommitted: boolean) => void;

interface PartitionDeps {
  readonly topic: string;
  readonly partition: number;
  readonly replicas: readonly number[];
  readonly config: TopicConfig;
}

/**
 * The log of one partition, with its leader and replicas. A record is committed once all in-sync replicas have it, and
 * only while there are at least `min.insync.replicas` of them (KIP-966).
 */
export class Partition {
  readonly topic: string;
  readonly partition: number;
  readonly replicas: readonly number[];
  readonly log = new PartitionLog();
  /** Node id of the leader. −1 if there is none. */
  leader: number;
  inSync: number[];
  readonly #config: TopicConfig;
  /** Replicas that are not in sync but have everything committed: they may become leader if there is no other. */
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

  /** Whether enough replicas are in sync. A topic cannot require more replicas than it has. */
  get hasEnoughInSync(): boolean {
    const asked = this.#config.number('min.insync.replicas');
    return this.inSync.length >= Math.min(asked, this.replicas.length);
  }

  isEligible(id: number): boolean {
    return this.inSync.includes(id) || this.#eligible.has(id);
  }

  /** Removes a replica from the in-sync replicas. */
  leave(id: number): void {
    if (this.inSync.includes(id)) {
      this.inSync = this.inSync.filter((each) => each !== id);
      if (!this.hasEnoughInSync) {
        this.#eligible.add(id);
      }
    }
  }

  /** Adds a replica to the in-sync replicas after it has caught up. */
  join(id: number): void {
    if (!this.inSync.includes(id)) {
      this.inSync.push(id);
    }
    this.#eligible.delete(id);
    if (this.hasEnoughInSync) {
      this.#eligible.clear();
    }
  }

  /** Calls the listener when all records appended so far are committed. */
  whenCommitted(listener: CommitListener): void {
    this.#waiting.push(listener);
  }

  /** Commits everything, because all in-sync replicas have it. */
  commit(): void {
    if (this.hasEnoughInSync) {
      this.log.commit();
      this.#settle(true);
    }
  }

  /** Elects a leader. @param hasAll whether the new leader has the uncommitted records; otherwise they are truncated */
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

  /** Simulates an unclean election: the new leader lacks the records from an offset on. */
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
