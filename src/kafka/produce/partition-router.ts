import type { PartitionQueue } from '../../append/partition-queue.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { ClusterView, PartitionView } from '../cluster/cluster-view.ts';
import { partitionFor } from '../wire/partition-for.ts';
import { createLaneSet, type LaneSetDeps } from './lane-set.ts';
import { createTopicQueues } from './topic-queues.ts';
import { createTopicWatch, type TopicWatch } from './topic-watch.ts';

/** Brings records to the queue of their partition, and queues to the lane of the broker that leads them. */
export interface PartitionRouter {
  /** The queue for a record; `undefined` when its partition takes none at present. */
  route(topic: string, key: string | null): PartitionQueue | undefined;
  /** Why `route` found no queue. */
  whyNot(topic: string): string;
  /** Takes up leaders, addresses and partition counts. */
  apply(view: ClusterView): void;
  /** By topic. */
  readonly watches: ReadonlyMap<string, TopicWatch>;
  /** One sentence for each topic that takes no record at all. */
  problems(): string[];
  /** Every partition of every topic takes records. */
  isCalm(): boolean;
  hasSlowLane(): boolean;
  close(): void;
}

type RouterDeps = LaneSetDeps & { readonly topics: readonly string[]; readonly clock: Clock };

export function createPartitionRouter(deps: RouterDeps): PartitionRouter {
  const { clock, onTrouble } = deps;
  const lanes = createLaneSet(deps);
  const watches = new Map<string, TopicWatch>();
  let turn = 0;
  for (const topic of deps.topics) {
    watches.set(
      topic,
      createTopicWatch({ queues: createTopicQueues({ ...deps, topic }), logger: deps.logger }),
    );
  }

  /** What a partition's state says of its circuit, with or without traffic. */
  function judge(
    { circuit }: PartitionQueue,
    partition: PartitionView | undefined,
    minInSyncReplicas: number,
  ): void {
    if (partition === undefined || partition.leader < 0) {
      circuit.failure(clock.now());
    } else if (partition.inSyncCount >= Math.min(minInSyncReplicas, partition.replicas.length)) {
      // With fewer the broker refuses every write: that it answers is then no sign of life. More than there are
      // replicas is no demand that a broker could wait for.
      circuit.admitTrial();
    }
  }

  function isReady({ carrier, circuit }: PartitionQueue): boolean {
    return !circuit.isOpen() && !carrier?.circuit.isOpen();
  }

  function isUsable(queue: PartitionQueue): boolean {
    return isReady(queue) && queue.carrier?.isUsable() === true;
  }

  return {
    watches,
    route(topic, key) {
      const watch = watches.get(topic);
      if (watch === undefined || watch.problem() !== undefined) {
        return undefined;
      }
      const { queues } = watch.queues;
      if (key !== null) {
        const queue = queues[partitionFor(key, queues.length)];
        return queue !== undefined && isReady(queue) ? queue : undefined;
      }
      for (let i = 0; i < queues.length; i += 1) {
        turn = (turn + 1) % queues.length;
        const queue = queues[turn];
        if (queue?.carrier !== undefined && isReady(queue)) {
          return queue;
        }
      }
      return undefined;
    },
    whyNot(topic) {
      const watch = watches.get(topic);
      if (watch === undefined) {
        return `${topic} is not among the configured topics.`;
      }
      return watch.problem() ?? `A partition of ${topic} takes no records at present.`;
    },
    apply(view) {
      for (const [topic, watch] of watches) {
        const topicView = view.topics.get(topic);
        if (!watch.see(topicView)) {
          onTrouble();
          continue;
        }
        watch.queues.queues.forEach((queue, index) => {
          const partition = topicView?.partitions[index];
          lanes.place(queue, partition, view);
          judge(queue, partition, watch.minInSyncReplicas);
        });
      }
      lanes.tidy(view, (queue) => watches.get(queue.topic)?.queues.queues[queue.partition] === queue);
      deps.onChange();
    },
    problems() {
      return [...watches.values()].flatMap((watch) => {
        const problem = watch.problem();
        if (problem !== undefined) {
          return [problem];
        }
        const { topic, queues } = watch.queues;
        if (queues.some(isUsable)) {
          return [];
        }
        const cause = queues.map((queue) => queue.problem ?? queue.carrier?.problem()).find(Boolean);
        return [`no partition of ${topic} takes records${cause === undefined ? '' : `: ${cause}`}`];
      });
    },
    isCalm: () =>
      [...watches.values()].every(
        (watch) => watch.problem() === undefined && watch.queues.queues.every((queue) => isUsable(queue)),
      ),
    hasSlowLane: lanes.hasSlow,
    close: lanes.close,
  };
}
