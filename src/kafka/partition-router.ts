import type { Clock } from '../runtime/clock.ts';
import type { PartitionQueue } from '../sink/partition-queue.ts';
import type { ClusterView, PartitionView } from './cluster-view.ts';
import { createLane, type Lane, type LaneDeps } from './lane.ts';
import { partitionFor } from './partition-for.ts';
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

type RouterDeps = Omit<LaneDeps, 'broker' | 'address'> & {
  readonly topics: readonly string[];
  readonly clock: Clock;
};

export function createPartitionRouter(deps: RouterDeps): PartitionRouter {
  const { clock, onTrouble } = deps;
  const lanes = new Map<number, Lane>();
  const watches = new Map<string, TopicWatch>();
  let turn = 0;
  for (const topic of deps.topics) {
    watches.set(
      topic,
      createTopicWatch({ queues: createTopicQueues({ ...deps, topic }), logger: deps.logger }),
    );
  }

  function laneFor(leader: number, view: ClusterView): Lane | undefined {
    const address = view.brokers.get(leader);
    let lane = lanes.get(leader);
    if (lane === undefined && address !== undefined) {
      lane = createLane({ ...deps, broker: leader, address });
      lanes.set(leader, lane);
    }
    return lane;
  }

  interface Place {
    readonly partition: PartitionView | undefined;
    readonly minInSyncReplicas: number;
    readonly view: ClusterView;
  }

  function place(queue: PartitionQueue, { partition, minInSyncReplicas, view }: Place): void {
    const lane = partition && laneFor(partition.leader, view);
    if (queue.carrier !== lane) {
      for (const each of lanes.values()) {
        each.queues.delete(queue);
      }
      lane?.queues.add(queue);
      queue.carrier = lane;
      queue.notBefore = 0;
    }
    if (lane === undefined) {
      queue.circuit.failure(clock.now());
    } else {
      // With too few in-sync replicas the broker refuses every write: that is no sign of life.
      if (partition !== undefined && partition.inSyncCount >= minInSyncReplicas) {
        queue.circuit.admitTrial();
      }
      lane.pump();
    }
  }

  function tidyLanes(view: ClusterView): void {
    for (const [broker, lane] of lanes) {
      lane.takeBackMoved();
      const address = view.brokers.get(broker);
      if (address !== undefined) {
        lane.moveTo(address);
      }
      if (lane.queues.size === 0 && !lane.isBusy()) {
        lane.close();
        lanes.delete(broker);
      }
    }
  }

  function isReady({ carrier, circuit }: PartitionQueue): boolean {
    return !circuit.isOpen() && !carrier?.circuit.isOpen();
  }

  function isUsable(queue: PartitionQueue): boolean {
    return isReady(queue) && [...lanes.values()].some((lane) => lane === queue.carrier && lane.isUsable());
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
        const { minInSyncReplicas } = watch;
        watch.queues.queues.forEach((queue, index) => {
          place(queue, { partition: topicView?.partitions[index], minInSyncReplicas, view });
        });
      }
      tidyLanes(view);
      deps.onChange();
    },
    problems() {
      return [...watches.values()].flatMap((watch) => {
        const problem = watch.problem();
        if (problem !== undefined) {
          return [problem];
        }
        return watch.queues.queues.some(isUsable)
          ? []
          : [`no partition of ${watch.queues.topic} takes records`];
      });
    },
    isCalm: () =>
      [...watches.values()].every(
        (watch) => watch.problem() === undefined && watch.queues.queues.every((queue) => isUsable(queue)),
      ),
    hasSlowLane: () => [...lanes.values()].some((lane) => lane.isSlow()),
    close() {
      for (const lane of lanes.values()) {
        lane.close();
      }
    },
  };
}
