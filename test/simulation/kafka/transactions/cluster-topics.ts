import type { TopicState } from './api-handler.ts';
import { PartitionLog } from './partition-log.ts';

export interface TopicPlan {
  readonly name: string;
  readonly partitionCount: number;
  readonly settings: Readonly<Record<string, string>>;
}

interface Topic extends TopicState {
  readonly partitions: { readonly log: PartitionLog; leader: number }[];
}

/** The topics of a cluster, with their logs and leaders. */
export class ClusterTopics {
  readonly #topics = new Map<string, Topic>();
  #lastId = 0;

  find(name: string): Topic | undefined {
    return this.#topics.get(name);
  }

  all(): readonly Topic[] {
    return [...this.#topics.values()];
  }

  /** Each time with another id. */
  create({ name, partitionCount, settings }: TopicPlan, live: readonly number[]): void {
    this.#lastId += 1;
    const partitions = Array.from({ length: partitionCount }, (_, partition) => ({
      log: new PartitionLog(),
      leader: live[partition % Math.max(1, live.length)] ?? 1,
    }));
    const topicId = String(this.#lastId).padStart(32, '0');
    this.#topics.set(name, { name, topicId, settings, partitions });
  }

  delete(name: string): void {
    this.#topics.delete(name);
  }
}
