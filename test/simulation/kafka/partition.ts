import type { TopicConfig } from './topic-config.ts';
import { PartitionLog } from './transactions/partition-log.ts';

/** Called once. The argument is `false` if the outcome is unknown because another broker became the leader. */
type CommitListener = (isCommitted: boolean) => void;

interface PartitionDeps {
  readonly topic: string;
  readonly partition: number;
  readonly replicas: readonly number[];
  readonly config: TopicConfig;
}

/**
 * The log of one partition, with its leader and replicas. A record is committed once all in-sync replicas have stored
 * it, and only while at least `min.insync.replicas` of them exist (KIP-966).
 */
export class Partition {
  readonly topic: string;
  readonly partition: number;
  readonly replicas: readonly number[];
  readonly log = new PartitionLog();
  /** Node id of the leader, or −1 if the partition has no leader. */
  leader: number;
  inSync: number[];
  readonly #config: TopicConfig;
  /** Out-of-sync replicas that have all committed records. They may become leader if no in-sync replica is left. */
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

  /** Whether enough replicas are in sync. The required number is at most the number of replicas of the topic. */
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

  /** Adds a replica to the in-sync replicas after the replica has caught up. */
  join(id: number): void {
    if (!this.inSync.includes(id)) {
      this.inSync.push(id);
    }
    this.#eligible.delete(id);
    if (this.hasEnoughInSync) {
      this.#eligible.clear();
    }
  }

  /** Calls the listener once all records appended so far are committed. */
  whenCommitted(listener: CommitListener): void {
    this.#waiting.push(listener);
  }

  /** Commits all records, because all in-sync replicas have stored them. */
  commit(): void {
    if (this.hasEnoughInSync) {
      this.log.commit();
      this.#settle(true);
    }
  }

  /**
   * Elects a leader. If the new leader lacks the uncommitted records, they are truncated.
   *
   * @param hasAll whether the new leader has the uncommitted records
   */
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

  /** Simulates an unclean election, in which the new leader lacks all records from the given offset onwards. */
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
