import { describeUnusable } from '../../append/describe-unusable.ts';
import type { PartitionQueue } from '../../append/partition-queue.ts';
import { type QueueDepth, sumDepth } from '../../append/queue-depth.ts';
import { SinkError, type SinkRecord } from '../../sink/sink.ts';
import type { ClusterView } from '../cluster/cluster-view.ts';
import type { ExpectedTopic } from '../topics/expect-topics.ts';
import { LaneSet, type LaneSetDeps } from './lane-set.ts';
import { Topic } from './topic.ts';

/** All topics of the sink, and the lanes to the brokers that lead their partitions. */
export interface TopicSet {
  readonly topics: ReadonlyMap<string, Topic>;
  /** @throws {SinkError} when the record cannot be sent in time */
  queueFor(record: Pick<SinkRecord, 'topic' | 'key'>, deadline: number): PartitionQueue;
  /** Takes over partitions, leaders and addresses. */
  applyView(view: ClusterView): void;
  /** One sentence for each topic that takes no record at all. */
  problems(): string[];
  /** Every partition of every topic takes records. */
  isHealthy(): boolean;
  /** Drops records that nobody waits for. */
  purge(): void;
  depth(): QueueDepth;
  hasSlowLane(): boolean;
  close(): void;
}

interface TopicSetDeps extends LaneSetDeps {
  readonly expected: readonly ExpectedTopic[];
}

export function createTopicSet(deps: TopicSetDeps): TopicSet {
  const lanes = new LaneSet(deps);
  const topics = new Map(deps.expected.map((each) => [each.topic, new Topic(each, deps)]));

  function allQueues(): PartitionQueue[] {
    return [...topics.values()].flatMap(({ queues }) => queues);
  }

  return {
    topics,
    queueFor({ topic: name, key }, deadline) {
      const topic = topics.get(name);
      if (topic === undefined) {
        throw new SinkError('sink_unavailable', `${name} is not among the configured topics.`);
      }
      return topic.queueFor(key, deadline);
    },
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
    purge() {
      for (const queue of allQueues()) {
        queue.purge();
      }
    },
    depth: () => sumDepth(allQueues()),
    hasSlowLane: () => lanes.hasSlow(),
    close: () => lanes.close(),
  };
}

function describeProblem(topic: Topic): string | undefined {
  return topic.problem() ?? describeUnusable(topic.queues, { topic: topic.name, what: 'partition' });
}
