import type { ClusterView } from '../cluster/cluster-view.ts';
import type { ExpectedTopic } from '../cluster/topics/expect-topics.ts';
import { LaneSet, type LaneSetDeps } from './lane-set.ts';
import { Topic } from './topic.ts';

/** All topics of the sink, and the lanes to the brokers that lead their partitions. */
export interface TopicSet {
  readonly topics: ReadonlyMap<string, Topic>;
  /** Takes over partitions, leaders and addresses. */
  applyView(view: ClusterView): void;
  /** Every partition of every topic takes records. */
  isHealthy(): boolean;
  hasSlowLane(): boolean;
  close(): void;
}

interface TopicSetDeps extends LaneSetDeps {
  readonly expected: readonly ExpectedTopic[];
}

export function createTopicSet(deps: TopicSetDeps): TopicSet {
  const lanes = new LaneSet(deps);
  const topics = new Map(deps.expected.map((each) => [each.topic, new Topic(each, deps)]));
  return {
    topics,
    applyView(view) {
      for (const topic of topics.values()) {
        const topicView = view.topics.get(topic.name);
        if (topic.applyView(topicView)) {
          for (const queue of topic.queues) {
            lanes.assign(queue, topicView?.partitions[queue.partition], view);
          }
        } else {
          deps.refreshView();
        }
      }
      lanes.update(view, (queue) => topics.get(queue.topic)?.queues[queue.partition] === queue);
      deps.onChange();
    },
    isHealthy: () =>
      [...topics.values()].every(
        (topic) => topic.problem() === undefined && topic.queues.every((queue) => queue.isUsable()),
      ),
    hasSlowLane: () => lanes.hasSlow(),
    close: () => lanes.close(),
  };
}
