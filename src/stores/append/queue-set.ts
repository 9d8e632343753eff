import { SinkError, type SinkHealth, type SinkRecord, type TopicStatus } from '../../ports/sink.ts';
import type { TopicValidation } from '../../ports/topics.ts';
import { partitionFor } from './partition-for.ts';
import type { PartitionQueue } from './partition-queue.ts';

/** A topic that records are sent to. */
export interface QueuedTopic {
  /** By partition. Kafka's become more or fewer. */
  readonly queues: readonly PartitionQueue[];
  /** Why nothing can be written to the topic as a whole, for a person; `undefined` when it can. */
  problem?(): string | undefined;
  /** `undefined` before the first check. */
  judgement?(): TopicValidation | undefined;
}

/** What a store gives a sink of queues, once it has begun to connect. */
export interface QueuedStore {
  /** Every topic that records may name. */
  readonly topics: ReadonlyMap<string, QueuedTopic>;
  /** What a queue is, in messages, such as "partition". */
  readonly queueWord: string;
  /** Why it is too early to say what the topics take; `undefined` when it is not. */
  unready?(): string | undefined;
  /** Why nothing answers that could tell who takes the records of a queue; `undefined` when something does. */
  unreachable?(): string | undefined;
  /** What keeps it from taking records does not pass by itself. */
  isFinal?(): boolean;
  /** What somebody should look at although records are taken, for a person; `undefined` when there is nothing. */
  notice?(): string | undefined;
  /** Runs every few milliseconds while appends are pending. */
  onSweep?(): void;
  close(): void;
}

/** Two topics of which one is of no use without the other. */
export interface TopicPair {
  readonly events: string;
  readonly deadLetter: string;
}

/** The queues of all topics of a sink. */
export class QueueSet {
  readonly #store: QueuedStore;
  /** Which queue had the last record without a key, by topic. */
  readonly #turns = new Map<QueuedTopic, number>();

  constructor(store: QueuedStore) {
    this.#store = store;
  }

  /**
   * A key always has the same queue. Records without a key go around the queues that take records.
   *
   * @throws {SinkError} when the record cannot be sent by the deadline
   */
  choose({ topic: name, key }: Pick<SinkRecord, 'topic' | 'key'>, deadline: number): PartitionQueue {
    const { topics, queueWord } = this.#store;
    const topic = topics.get(name);
    if (topic === undefined) {
      throw reject(`${name} is not among the configured topics.`);
    }
    const problem = topic.problem?.();
    if (problem !== undefined) {
      throw reject(problem);
    }
    const { queues } = topic;
    const queue = key === null ? this.#nextInTurn(topic) : queues[partitionFor(key, queues.length)];
    if (queue?.isAccepting() !== true) {
      const why = queue && findProblem(queue);
      throw reject(
        `A ${queueWord} of ${name} takes no records at present${why === undefined ? '.' : `: ${why}`}`,
      );
    }
    this.#refuseVain(queue, deadline);
    return queue;
  }

  /**
   * Up while both topics of one pair take records; without pairs, while all topics do. The detail has one sentence for each
   * reason why a topic takes no record at all.
   */
  health(pairs: readonly TopicPair[]): SinkHealth {
    const unready = this.#store.unready?.();
    if (unready !== undefined) {
      return { up: false, detail: this.#describe([unready]) };
    }
    const problems = new Map<string, string>();
    for (const [name, topic] of this.#store.topics) {
      const problem = topic.problem?.() ?? this.#describeUnusable(name, topic.queues);
      if (problem !== undefined) {
        problems.set(name, problem);
      }
    }
    const isUsable = ({ events, deadLetter }: TopicPair) =>
      !problems.has(events) && !problems.has(deadLetter);
    const up = problems.size === 0 || pairs.some(isUsable);
    return { up, detail: this.#describe([...problems.values()]) };
  }

  /** For a person who looks at one topic after the other. */
  statuses(): readonly TopicStatus[] {
    return Array.from(this.#store.topics, ([name, topic]) => ({
      topic: name,
      judgement: topic.judgement?.(),
      problem: topic.problem?.() ?? this.#describeStopped(name, topic.queues),
    }));
  }

  /** Drops records that nobody waits for. */
  purge(): void {
    for (const queue of this.#all()) {
      queue.purge();
    }
  }

  /** Records that wait for a request or for its answer. */
  depth(): number {
    return this.#all().reduce(
      (sum, { length, inFlight }) => sum + length + (inFlight?.entries.length ?? 0),
      0,
    );
  }

  #describe(problems: readonly string[]): string {
    const unreachable = problems.length > 0 ? this.#store.unreachable?.() : undefined;
    return [...(unreachable === undefined ? [] : [unreachable]), ...problems].join('; ');
  }

  #all(): PartitionQueue[] {
    return [...this.#store.topics.values()].flatMap(({ queues }) => queues);
  }

  #nextInTurn(topic: QueuedTopic): PartitionQueue | undefined {
    const { queues } = topic;
    let turn = this.#turns.get(topic) ?? 0;
    for (let i = 0; i < queues.length; i += 1) {
      turn = (turn + 1) % queues.length;
      const queue = queues[turn];
      if (queue?.sender !== undefined && queue.isAccepting()) {
        this.#turns.set(topic, turn);
        return queue;
      }
    }
    return undefined;
  }

  /** @throws {SinkError} when a record in this queue would wait in vain */
  #refuseVain({ sender, topic, partition }: PartitionQueue, deadline: number): void {
    if (sender === undefined) {
      // It gets one within seconds, as long as something answers. Without an answer nothing would tell of it before the
      // deadline, and no failed request would open the circuit of the queue.
      const unreachable = this.#store.unreachable?.();
      if (unreachable !== undefined) {
        throw reject(
          `Nobody takes records of ${this.#store.queueWord} ${partition} of ${topic}: ${unreachable}`,
        );
      }
    } else if (sender.throttledUntil() >= deadline) {
      throw reject(`The quota for ${topic} is used up.`);
    }
  }

  #describeUnusable(name: string, queues: readonly PartitionQueue[]): string | undefined {
    return queues.some((queue) => queue.isUsable())
      ? undefined
      : `no ${this.#store.queueWord} of ${name} takes records${findReason(queues)}`;
  }

  /** A topic of which only some queues take no records is no problem of the sink, but of the keys there. */
  #describeStopped(name: string, queues: readonly PartitionQueue[]): string | undefined {
    const stopped = queues.filter((queue) => !queue.isUsable());
    const { length } = stopped;
    if (length === 0 || length === queues.length) {
      return this.#describeUnusable(name, queues);
    }
    const { queueWord } = this.#store;
    return `no records are taken by ${length} of ${queues.length} (${queueWord} ${stopped[0]?.partition}${length > 1 ? ' and others' : ''})${findReason(stopped)}`;
  }
}

function findReason(queues: readonly PartitionQueue[]): string {
  const why = queues.map(findProblem).find(Boolean);
  return why === undefined ? '' : `: ${why}`;
}

function findProblem({ blocked, problem, sender }: PartitionQueue): string | undefined {
  return blocked ?? problem ?? sender?.problem();
}

function reject(message: string): SinkError {
  return new SinkError('sink_unavailable', message);
}
