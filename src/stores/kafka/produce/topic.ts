import { SinkError } from '../../../ports/sink.ts';
import type { TopicValidation } from '../../../ports/topics.ts';
import type { Clock } from '../../../runtime/clock.ts';
import type { Logger } from '../../../runtime/logger.ts';
import type { LaneSettings } from '../../append/lane-store.ts';
import { PartitionQueue } from '../../append/partition-queue.ts';
import type { QueuedTopic } from '../../append/queue-set.ts';
import type { PartitionView, TopicView } from '../cluster/cluster-view.ts';
import type { ExpectedTopic } from '../cluster/topics/expected-topics.ts';
import { findViewProblem, isAccessDenied, type TopicFacts } from '../cluster/topics/topic-facts.ts';
import { defaultTopicSettings } from '../cluster/topics/topic-settings.ts';
import type { ClusterWatcher } from './cluster-watcher.ts';
import { PartitionChangeLogger } from './partition-change-logger.ts';

interface TopicDeps {
  readonly settings: Pick<LaneSettings, 'circuit' | 'retryDelayMs'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Requests a new description of the cluster soon after a partition has stopped accepting records. */
  readonly watcher: Pick<ClusterWatcher, 'refresh'>;
}

/**
 * Number of consecutive matching descriptions after which a known topic counts as removed or as having fewer
 * partitions.
 */
const minConfirmingDescriptions = 3;
/** Allowance in bytes for the header of a record batch. */
const batchOverheadBytes = 128;

/**
 * State of a topic to which records are sent, with a queue for each partition. Outdated descriptions from brokers do
 * not override newer information.
 */
export class Topic implements QueuedTopic {
  readonly expected: ExpectedTopic;
  readonly name: string;
  /** Queues by partition number. The list is empty until a broker has described the topic. */
  queues: readonly PartitionQueue[] = [];
  readonly #deps: TopicDeps;
  readonly #log: PartitionChangeLogger;
  /** Reason why the topic is not writable, according to the last description, or `undefined` if the topic is writable. */
  #viewProblem: string | undefined;
  #isDenied = false;
  /** Problem with a setting that makes every write fail. */
  #settingsProblem: string | undefined;
  #minInSyncReplicas: number = defaultTopicSettings.minInSyncReplicas;
  #maxBatchBytes = defaultTopicSettings.maxMessageBytes - batchOverheadBytes;
  #validation: TopicValidation | undefined;
  #isKnown = false;
  /**
   * What the latest consecutive descriptions claim, in contradiction to the known state: either a problem or a lower
   * number of partitions.
   */
  #doubt: { readonly claim: string | number; readonly views: number } | undefined;

  constructor(expected: ExpectedTopic, deps: TopicDeps) {
    this.expected = expected;
    this.name = expected.topic;
    this.#deps = deps;
    this.#log = new PartitionChangeLogger({ topic: this.name, clock: deps.clock, logger: deps.logger });
    this.#viewProblem = `the topic ${this.name} has not been described yet`;
  }

  /** Explains why no partition of the topic is writable. Returns `undefined` if the topic is writable. */
  problem(): string | undefined {
    return this.#viewProblem ?? this.#settingsProblem;
  }

  /** Returns whether the problem does not resolve by itself. */
  isFinal(): boolean {
    return this.#isDenied || this.#settingsProblem !== undefined;
  }

  validation(): TopicValidation | undefined {
    return this.#validation;
  }

  /**
   * Applies a description of the topic. @returns false if the description is doubtful, so that another broker should
   * be queried
   */
  applyView(view: TopicView | undefined): boolean {
    const problem = findViewProblem(this.expected, view);
    const partitions = view?.partitions ?? [];
    const hasLostPartitions =
      this.#isKnown && (problem !== undefined || partitions.length < this.queues.length);
    this.#doubt = hasLostPartitions ? this.#countClaim(problem ?? partitions.length) : undefined;
    if (this.#doubt !== undefined && this.#doubt.views < minConfirmingDescriptions) {
      return false;
    }
    if (problem === undefined) {
      this.#resize(partitions.length);
    }
    this.#setViewProblem(problem);
    this.#isDenied = isAccessDenied(view);
    for (const queue of this.queues) {
      this.#updateCircuit(queue, partitions[queue.partition]);
    }
    return true;
  }

  /** Applies the settings of the topic and their validation result. */
  applyValidation({ exists, settings }: TopicFacts, validation: TopicValidation): void {
    this.#validation = validation;
    const error = validation.findings.find(({ verdict }) => verdict === 'error');
    // An error for a missing topic is ignored, because the cluster description already reports the missing topic.
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
      this.#deps.logger.warn(line, 'the number of partitions of a Kafka topic has changed');
    }
    this.#isKnown = true;
    failQueuedRecords(queues.slice(to), `The topic ${topic} has fewer partitions than before.`);
    this.queues = Array.from({ length: to }, (_, partition) => queues[partition] ?? this.#open(partition));
  }

  /** Opens the queue of a partition. Only a cluster description can allow a trial request while the circuit is open. */
  #open(partition: number): PartitionQueue {
    const { settings, clock, watcher } = this.#deps;
    const queue = new PartitionQueue({
      topic: this.name,
      partition,
      name: `Partition ${partition} of ${this.name}`,
      settings,
      clock,
      onOpen: () => watcher.refresh(),
      onStop: (cause) => this.#log.stopped(partition, cause),
      onRecover: () => this.#log.recovered(partition),
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
      logger.info({ topic: this.name, partitions: this.queues.length }, 'the Kafka topic is writable');
    } else {
      logger.error({ topic: this.name }, next);
      failQueuedRecords(this.queues, next);
    }
  }

  /** Updates the circuit of a partition from a cluster description, so that its state is known even without traffic. */
  #updateCircuit({ circuit }: PartitionQueue, partition: PartitionView | undefined): void {
    if (partition === undefined || partition.leader < 0) {
      circuit.failure(this.#deps.clock.now());
    } else if (partition.inSyncCount >= Math.min(this.#minInSyncReplicas, partition.replicas.length)) {
      // With fewer in-sync replicas, the broker would reject every write, so a trial request would be useless. A broker
      // cannot require more replicas than exist.
      circuit.admitTrial();
    }
  }
}

function failQueuedRecords(queues: readonly PartitionQueue[], message: string): void {
  for (const queue of queues) {
    queue.failAll(new SinkError('sink_unavailable', message));
  }
}
