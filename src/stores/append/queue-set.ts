import { SinkError, type SinkHealth, type SinkRecord, type TopicStatus } from '../../ports/sink.ts';
import type { TopicValidation } from '../../ports/topics.ts';
import { partitionFor } from './partition-for.ts';
import type { PartitionQueue } from './partition-queue.ts';

export interface QueuedTopic {
  /** Queues of the topic, one for each partition. In Kafka, the number of partitions can change. */
  readonly queues: readonly PartitionQueue[];
  /**
   * Returns a human-readable reason why no partition of the topic can be written, or `undefined` if the topic has no
   * such problem.
   */
  problem?(): string | undefined;
  /** Returns the result of the last durability check, or `undefined` before the first check. */
  validation?(): TopicValidation | undefined;
}

/** A store that receives its records from queues. */
export interface QueuedStore {
  /** All topics to which records may be sent, by topic name. */
  readonly topics: ReadonlyMap<string, QueuedTopic>;
  /** Name of a queue in the messages of this store, such as "partition". */
  readonly queueWord: string;
  /** Returns the reason why the state of the topics is not known yet, or `undefined` if the state is known. */
  unready?(): string | undefined;
  /**
   * Returns the reason why no server that knows the partition leaders is reachable, or `undefined` if a server is
   * reachable.
   */
  unreachable?(): string | undefined;
  /** Returns whether the current problem requires intervention because it does not resolve by itself. */
  isFinal?(): boolean;
  /**
   * Returns a human-readable problem that needs attention although records are accepted, or `undefined` if there is
   * none.
   */
  notice?(): string | undefined;
  /** Runs every few milliseconds while appends are pending. */
  onSweep?(): void;
  close(): void;
}

/** An events topic and its dead-letter topic. Both topics must accept records before deliveries are accepted. */
export interface EventsAndDeadLetterTopics {
  readonly events: string;
  readonly deadLetter: string;
}

export class QueueSet {
  readonly #store: QueuedStore;
  /** For each topic, the index of the queue that received the last record without a key. */
  readonly #lastUsed = new Map<QueuedTopic, number>();

  constructor(store: QueuedStore) {
    this.#store = store;
  }

  /**
   * Chooses the queue for a record. A key always maps to the same queue. Records without a key rotate over the queues
   * that accept records.
   *
   * @throws {SinkError} if the record cannot be sent before the deadline
   */
  choose({ topic: name, key }: Pick<SinkRecord, 'topic' | 'key'>, deadline: number): PartitionQueue {
    const { topics, queueWord } = this.#store;
    const topic = topics.get(name);
    if (topic === undefined) {
      throw createUnavailableError(`${name} is not among the configured topics.`);
    }
    const problem = topic.problem?.();
    if (problem !== undefined) {
      throw createUnavailableError(problem);
    }
    const { queues } = topic;
    const queue = key === null ? this.#nextAccepting(topic) : queues[partitionFor(key, queues.length)];
    if (queue?.isAccepting() !== true) {
      const why = queue && findQueueProblem(queue);
      throw createUnavailableError(
        `A ${queueWord} of ${name} accepts no records${why === undefined ? '.' : `: ${why}`}`,
      );
    }
    this.#rejectUnsendable(queue, deadline);
    return queue;
  }

  /**
   * Reports `up` if both topics of at least one pair accept records. If there are no pairs, all topics must accept
   * records. The detail describes the problem of each topic that accepts no records.
   */
  health(pairs: readonly EventsAndDeadLetterTopics[]): SinkHealth {
    const notReadyReason = this.#store.unready?.();
    if (notReadyReason !== undefined) {
      return { up: false, detail: this.#describe([notReadyReason]) };
    }
    const problems = new Map<string, string>();
    for (const [name, topic] of this.#store.topics) {
      const problem = topic.problem?.() ?? this.#describeUnusable(name, topic.queues);
      if (problem !== undefined) {
        problems.set(name, problem);
      }
    }
    const isUsable = ({ events, deadLetter }: EventsAndDeadLetterTopics) =>
      !problems.has(events) && !problems.has(deadLetter);
    const up = problems.size === 0 || pairs.some(isUsable);
    return { up, detail: this.#describe([...problems.values()]) };
  }

  statuses(): readonly TopicStatus[] {
    return Array.from(this.#store.topics, ([name, topic]) => ({
      topic: name,
      validation: topic.validation?.(),
      problem: topic.problem?.() ?? this.#describeStopped(name, topic.queues),
    }));
  }

  purge(): void {
    for (const queue of this.#all()) {
      queue.purge();
    }
  }

  /** Number of records that are waiting to be sent or for the response to a produce request. */
  depth(): number {
    return this.#all().reduce(
      (sum, { length, inFlight }) => sum + length + (inFlight?.entries.length ?? 0),
      0,
    );
  }

  #describe(problems: readonly string[]): string {
    const unreachableReason = problems.length > 0 ? this.#store.unreachable?.() : undefined;
    return [...(unreachableReason === undefined ? [] : [unreachableReason]), ...problems].join('; ');
  }

  #all(): PartitionQueue[] {
    return [...this.#store.topics.values()].flatMap(({ queues }) => queues);
  }

  #nextAccepting(topic: QueuedTopic): PartitionQueue | undefined {
    const { queues } = topic;
    let queueIndex = this.#lastUsed.get(topic) ?? 0;
    for (let i = 0; i < queues.length; i += 1) {
      queueIndex = (queueIndex + 1) % queues.length;
      const queue = queues[queueIndex];
      if (queue?.sender !== undefined && queue.isAccepting()) {
        this.#lastUsed.set(topic, queueIndex);
        return queue;
      }
    }
    return undefined;
  }

  /**
   * Rejects a record that cannot be sent before its deadline.
   *
   * @throws {SinkError} if a record in this queue could only wait until its deadline
   */
  #rejectUnsendable({ sender, topic, partition }: PartitionQueue, deadline: number): void {
    if (sender === undefined) {
      // If a broker is reachable, a partition gets a leader within seconds. If no broker is reachable, the record
      // would wait until its deadline, and no request would fail and open the circuit of the queue.
      const unreachableReason = this.#store.unreachable?.();
      if (unreachableReason !== undefined) {
        throw createUnavailableError(
          `No leader is known for ${this.#store.queueWord} ${partition} of ${topic}: ${unreachableReason}`,
        );
      }
    } else if (sender.throttledUntil() >= deadline) {
      throw createUnavailableError(`The producer quota for ${topic} is exhausted.`);
    }
  }

  #describeUnusable(name: string, queues: readonly PartitionQueue[]): string | undefined {
    return queues.some((queue) => queue.isUsable())
      ? undefined
      : `no ${this.#store.queueWord} of ${name} accepts records${findQueueFailureReason(queues)}`;
  }

  /**
   * Describes the queues that accept no records. If other queues of the topic accept records, the sink is still up,
   * because only some keys are affected.
   */
  #describeStopped(name: string, queues: readonly PartitionQueue[]): string | undefined {
    const unusableQueues = queues.filter((queue) => !queue.isUsable());
    const { length } = unusableQueues;
    if (length === 0 || length === queues.length) {
      return this.#describeUnusable(name, queues);
    }
    const { queueWord } = this.#store;
    return `${length} of ${queues.length} ${queueWord}s accept no records (${queueWord} ${unusableQueues[0]?.partition}${length > 1 ? ' and others' : ''})${findQueueFailureReason(unusableQueues)}`;
  }
}

function findQueueFailureReason(queues: readonly PartitionQueue[]): string {
  const why = queues.map(findQueueProblem).find(Boolean);
  return why === undefined ? '' : `: ${why}`;
}

function findQueueProblem({ blocked, problem, sender }: PartitionQueue): string | undefined {
  return blocked ?? problem ?? sender?.problem();
}

function createUnavailableError(message: string): SinkError {
  return new SinkError('sink_unavailable', message);
}
