import { SinkError } from '../../../ports/sink.ts';
import type { TopicValidation } from '../../../ports/topics.ts';
import type { Clock } from '../../../runtime/clock.ts';
import type { Logger } from '../../../runtime/logger.ts';
import type { LaneSettings } from '../../append/lane-store.ts';
import { PartitionQueue } from '../../append/partition-queue.ts';
import type { QueuedTopic } from '../../append/queue-set.ts';
import type { PartitionView, TopicView } from '../cluster/cluster-view.ts';
import type { ExpectedTopic } from '../cluster/topics/expect-topics.ts';
import { findViewProblem, isDenied, type TopicFacts } from '../cluster/topics/topic-facts.ts';
import { defaultTopicSettings } from '../cluster/topics/topic-settings.ts';
import { createPartitionLog, type PartitionLog } from './partition-log.ts';

interface TopicDeps {
  readonly settings: Pick<LaneSettings, 'circuit' | 'retryDelayMs'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** A partition takes nothing any more: asks for a new view of the cluster soon. */
  readonly refreshView: () => void;
  /** Whether records are taken may have changed. */
  readonly onChange: () => void;
}

/** A topic that was there is taken as gone, or as smaller, when so many views in a row say the same of it. */
const viewsToBelieveLoss = 3;
/** What a record batch holds beside its records. */
const batchOverheadBytes = 128;

/**
 * A topic that records are sent to: all that is known of it, and a queue for each of its partitions. A broker whose view
 * is old must not undo what others know better.
 */
export class Topic implements QueuedTopic {
  readonly expected: ExpectedTopic;
  readonly name: string;
  /** By partition number; empty until a broker described the topic. */
  queues: readonly PartitionQueue[] = [];
  readonly #deps: TopicDeps;
  readonly #log: PartitionLog;
  /** Why the last view allows no write; `undefined` when it does. */
  #viewProblem: string | undefined;
  #isDenied = false;
  /** A setting that makes every write impossible. */
  #settingsProblem: string | undefined;
  #minInSyncReplicas: number = defaultTopicSettings.minInSyncReplicas;
  #maxBatchBytes = defaultTopicSettings.maxMessageBytes - batchOverheadBytes;
  #judgement: TopicValidation | undefined;
  #isKnown = false;
  /** What views in a row have said against what is known: a problem, or a smaller number of partitions. */
  #doubt: { readonly claim: string | number; readonly views: number } | undefined;

  constructor(expected: ExpectedTopic, deps: TopicDeps) {
    this.expected = expected;
    this.name = expected.topic;
    this.#deps = deps;
    this.#log = createPartitionLog({ topic: this.name, clock: deps.clock, logger: deps.logger });
    this.#viewProblem = `nothing is known of the topic ${this.name} yet`;
  }

  /** Why nothing can be written to the topic as a whole; `undefined` when it can. */
  problem(): string | undefined {
    return this.#viewProblem ?? this.#settingsProblem;
  }

  /** What the problem is does not pass by itself. */
  isFinal(): boolean {
    return this.#isDenied || this.#settingsProblem !== undefined;
  }

  judgement(): TopicValidation | undefined {
    return this.#judgement;
  }

  /** @returns false when the view is in doubt and another broker should be asked */
  applyView(view: TopicView | undefined): boolean {
    const problem = findViewProblem(this.expected, view);
    const partitions = view?.partitions ?? [];
    const isLoss = this.#isKnown && (problem !== undefined || partitions.length < this.queues.length);
    this.#doubt = isLoss ? this.#countClaim(problem ?? partitions.length) : undefined;
    if (this.#doubt !== undefined && this.#doubt.views < viewsToBelieveLoss) {
      return false;
    }
    if (problem === undefined) {
      this.#resize(partitions.length);
    }
    this.#setViewProblem(problem);
    this.#isDenied = isDenied(view);
    for (const queue of this.queues) {
      this.#updateCircuit(queue, partitions[queue.partition]);
    }
    return true;
  }

  /** Takes over the topic's settings, and what was found of them. */
  applyJudgement({ exists, settings }: TopicFacts, judgement: TopicValidation): void {
    this.#judgement = judgement;
    const error = judgement.findings.find(({ verdict }) => verdict === 'error');
    // Views show sooner that a topic does not exist.
    this.#settingsProblem = exists && error ? `${this.name}: ${error.message}` : undefined;
    if (settings !== undefined) {
      this.#minInSyncReplicas = settings.minInSyncReplicas;
      this.#maxBatchBytes = settings.maxMessageBytes - batchOverheadBytes;
      for (const queue of this.queues) {
        queue.limitBatches(this.#maxBatchBytes);
      }
    }
  }

  #countClaim(claim: string | number) {
    return { claim, views: this.#doubt?.claim === claim ? this.#doubt.views + 1 : 1 };
  }

  #resize(to: number): void {
    const { queues, name: topic } = this;
    if (to === queues.length) {
      return;
    }
    if (this.#isKnown) {
      const line = { topic, from: queues.length, to };
      this.#deps.logger.warn(line, 'kafka topic has another number of partitions');
    }
    this.#isKnown = true;
    failQueues(queues.slice(to), `${topic} has fewer partitions than before.`);
    this.queues = Array.from({ length: to }, (_, partition) => queues[partition] ?? this.#open(partition));
  }

  /** Only a view lets the trial of a partition through. */
  #open(partition: number): PartitionQueue {
    const { settings, clock, refreshView, onChange } = this.#deps;
    const queue = new PartitionQueue({
      topic: this.name,
      partition,
      name: `Partition ${partition} of ${this.name}`,
      settings,
      clock,
      onOpen: refreshView,
      onStop: (cause) => this.#log.stopped(partition, cause),
      onRecover: () => this.#log.recovered(partition),
      onChange,
    });
    queue.limitBatches(this.#maxBatchBytes);
    return queue;
  }

  #setViewProblem(next: string | undefined): void {
    const { logger } = this.#deps;
    if (next === this.#viewProblem) {
      return;
    }
    this.#viewProblem = next;
    if (next === undefined) {
      logger.info({ topic: this.name, partitions: this.queues.length }, 'kafka topic can be written');
    } else {
      logger.error({ topic: this.name }, next);
      failQueues(this.queues, next);
    }
  }

  /** A partition's state counts with or without traffic. */
  #updateCircuit({ circuit }: PartitionQueue, partition: PartitionView | undefined): void {
    if (partition === undefined || partition.leader < 0) {
      circuit.failure(this.#deps.clock.now());
    } else if (partition.inSyncCount >= Math.min(this.#minInSyncReplicas, partition.replicas.length)) {
      // With fewer in-sync replicas the broker refuses every write, so no trial is worth it. Brokers cannot wait for
      // more replicas than there are.
      circuit.admitTrial();
    }
  }
}

function failQueues(queues: readonly PartitionQueue[], message: string): void {
  for (const queue of queues) {
    queue.failAll(new SinkError('sink_unavailable', message));
  }
}
