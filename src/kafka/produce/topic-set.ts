import type { PartitionQueue } from '../../append/partition-queue.ts';
import type { ClusterView } from '../cluster/cluster-view.ts';
import type { ExpectedTopic } from '../topics/expect-topics.ts';
import { createLaneSet, type LaneSetDeps } from './lane-set.ts';
import { Topic } from './topic.ts';

/** All topics of the sink, and the lanes to the brokers that lead their partitions. */
export interface TopicSet {
  readonly topics: ReadonlyMap<string, Topic>;
  /** Takes over partitions, leaders and addresses. */
  applyView(view: ClusterView): void;
  /** One sentence for each topic that takes no record at all. */
  problems(): string[];
  /** Every partition of every topic takes records. */
  isHealthy(): boolean;
  queues(): PartitionQueue[];
  hasSlowLane(): boolean;
  close(): void;
}

interface TopicSetDeps extends LaneSetDeps {
  readonly expected: readonly ExpectedTopic[];
}

export function createTopicSet(deps: TopicSetDeps): TopicSet {
  const lanes = createLaneSet(deps);
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
    problems: () => [...topics.values()].flatMap((topic) => describeProblem(topic) ?? []),
    isHealthy: () =>
      [...topics.values()].every(
        (topic) => topic.problem() === undefined && topic.queues.every((queue) => queue.isUsable()),
      ),
    queues: () => [...topics.values()].flatMap(({ queues }) => queues),
    hasSlowLane: lanes.hasSlow,
    close: lanes.close,
  };
}

function describeProblem(topic: Topic): string | undefined {
  const problem = topic.problem();
  if (problem !== undefined || topic.queues.some((queue) => queue.isUsable())) {
    return problem;
  }
  const cause = topic.queues.map((queue) => queue.problem ?? queue.sender?.problem()).find(Boolean);
  return `no partition of ${topic.name} takes records${cause === undefined ? '' : `: ${cause}`}`;
}
