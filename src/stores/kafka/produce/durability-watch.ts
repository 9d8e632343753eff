import type { TopicValidation } from '../../../ports/topics.ts';
import type { Clock } from '../../../runtime/clock.ts';
import type { Logger } from '../../../runtime/logger.ts';
import type { ClusterReader } from '../cluster/cluster-reader.ts';
import type { ClusterView } from '../cluster/cluster-view.ts';
import { toTopicFacts } from '../cluster/topics/topic-facts.ts';
import { validateTopic } from '../cluster/topics/validate-topic.ts';
import type { KafkaSinkMetrics } from './kafka-sink-metrics.ts';
import type { Topic } from './topic.ts';

interface DurabilityWatchDeps {
  readonly topics: ReadonlyMap<string, Topic>;
  readonly isHealthy: () => boolean;
  readonly reader: Pick<ClusterReader, 'describeTopic'>;
  /** Time in milliseconds between checks while all partitions accept records. */
  readonly intervalMs: number;
  readonly metrics: Pick<KafkaSinkMetrics, 'durabilityChecked'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Time in milliseconds until the next check after an incomplete check, or while a partition does not accept records. */
const recheckMs = 2000;

/** Reads and validates the topic settings: rarely while every partition accepts records, and often otherwise. */
export class DurabilityWatch {
  readonly #deps: DurabilityWatchDeps;
  readonly #logged = new Map<Topic, string>();
  #view: ClusterView | undefined;
  #shape: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  #checkedAt = Number.NEGATIVE_INFINITY;
  #isChecking = false;
  #isDone = false;
  #isStopped = false;

  constructor(deps: DurabilityWatchDeps) {
    this.#deps = deps;
  }

  /**
   * Accepts the latest description of the cluster. The first description starts a check, as does a change of topics
   * or partitions. While a partition does not accept records, each description starts a check if the last check is at
   * least `recheckMs` old. A changed setting may have made the partition writable again.
   */
  applyView(view: ClusterView): void {
    const { isHealthy, clock } = this.#deps;
    this.#view = view;
    const viewSummary = summarizeView(view);
    const isRecheckDue = !isHealthy() && clock.now() - this.#checkedAt >= recheckMs;
    if ((viewSummary !== this.#shape || isRecheckDue) && !this.#isChecking) {
      this.#shape = viewSummary;
      void this.#check();
    }
  }

  /** Returns whether all topics have been checked at least once. */
  isDone(): boolean {
    return this.#isDone;
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  async #check(): Promise<void> {
    const { topics, intervalMs, clock } = this.#deps;
    clearTimeout(this.#timer);
    this.#isChecking = true;
    let hasAllValidations = true;
    for (const topic of topics.values()) {
      hasAllValidations = (await this.#checkTopic(topic)) && hasAllValidations;
    }
    this.#isChecking = false;
    this.#checkedAt = clock.now();
    this.#isDone = true;
    if (!this.#isStopped) {
      this.#timer = setTimeout(() => void this.#check(), hasAllValidations ? intervalMs : recheckMs);
    }
  }

  async #checkTopic(topic: Topic): Promise<boolean> {
    const { reader, metrics, logger } = this.#deps;
    const { name, expected } = topic;
    try {
      const facts = toTopicFacts(name, this.#view?.topics.get(name), await reader.describeTopic(name));
      const validation = validateTopic(expected, facts);
      topic.applyValidation(facts, validation);
      metrics.durabilityChecked(name, validation.verdict);
      // `Topic` already logs a missing topic.
      if (facts.exists) {
        this.#logNew(topic, validation);
      }
      return true;
    } catch (error) {
      logger.debug({ topic: name, err: error }, 'cannot read the settings of a Kafka topic');
      return false;
    }
  }

  #logNew(topic: Topic, { verdict, findings }: TopicValidation): void {
    const { logger } = this.#deps;
    const text = findings.map(({ message }) => message).join(' ');
    if (this.#logged.get(topic) !== text) {
      this.#logged.set(topic, text);
      if (verdict === 'ok') {
        logger.info({ topic: topic.name }, 'the Kafka topic is durable');
      } else {
        logger[verdict === 'error' ? 'error' : 'warn'](
          { topic: topic.name, verdict },
          `the Kafka topic ${topic.name} has problems: ${text}`,
        );
      }
    }
  }
}

function summarizeView({ topics }: ClusterView): string {
  return [...topics].map(([topic, { partitions }]) => `${topic}:${partitions.length}`).join();
}
