import type { TopicValidation } from '../../../ports/topics.ts';
import type { Clock } from '../../../runtime/clock.ts';
import type { Logger } from '../../../runtime/logger.ts';
import type { ClusterReader } from '../cluster/cluster-reader.ts';
import type { ClusterView } from '../cluster/cluster-view.ts';
import { toTopicFacts } from '../cluster/topics/topic-facts.ts';
import { validateTopic } from '../cluster/topics/validate-topic.ts';
import type { KafkaSinkMetrics } from './kafka-sink-metrics.ts';
import type { Topic } from './topic.ts';

/** Reads and validates the topic settings: rarely while every partition accepts records, and often otherwise. */
export interface DurabilityWatch {
  /**
   * Accepts the latest description of the cluster. The first description starts a check, as does a change of topics
   * or partitions. While a partition does not accept records, each description starts a check if the last check is at
   * least `recheckMs` old. A changed setting may have made the partition writable again.
   */
  applyView(view: ClusterView): void;
  isDone(): boolean;
  stop(): void;
}

interface DurabilityWatchDeps {
  readonly topics: ReadonlyMap<string, Topic>;
  readonly isHealthy: () => boolean;
  readonly reader: Pick<ClusterReader, 'describeTopic'>;
  /** Time in milliseconds between checks while all partitions accept records. */
  readonly intervalMs: number;
  readonly metrics: Pick<KafkaSinkMetrics, 'durabilityChecked'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onChange: () => void;
}

/** Time in milliseconds until the next check after an incomplete check, or while a partition does not accept records. */
const recheckMs = 2000;

export function createDurabilityWatch(deps: DurabilityWatchDeps): DurabilityWatch {
  const { topics, isHealthy, reader, intervalMs, metrics, clock, logger, onChange } = deps;
  const logged = new Map<Topic, string>();
  let view: ClusterView | undefined;
  let shape: string | undefined;
  let timer: NodeJS.Timeout | undefined;
  let checkedAt = Number.NEGATIVE_INFINITY;
  let isChecking = false;
  let isDone = false;
  let isStopped = false;

  async function check(): Promise<void> {
    clearTimeout(timer);
    isChecking = true;
    let isComplete = true;
    for (const topic of topics.values()) {
      isComplete = (await checkTopic(topic)) && isComplete;
    }
    isChecking = false;
    checkedAt = clock.now();
    isDone = true;
    if (!isStopped) {
      timer = setTimeout(() => void check(), isComplete ? intervalMs : recheckMs);
      onChange();
    }
  }

  async function checkTopic(topic: Topic): Promise<boolean> {
    const { name, expected } = topic;
    try {
      const facts = toTopicFacts(name, view?.topics.get(name), await reader.describeTopic(name));
      const validation = validateTopic(expected, facts);
      topic.applyValidation(facts, validation);
      metrics.durabilityChecked(name, validation.verdict);
      // `Topic` itself logs a missing topic.
      if (facts.exists) {
        logNew(topic, validation);
      }
      return true;
    } catch (error) {
      logger.debug({ topic: name, err: error }, 'cannot read the settings of a Kafka topic');
      return false;
    }
  }

  function logNew(topic: Topic, { verdict, findings }: TopicValidation): void {
    const text = findings.map(({ message }) => message).join(' ');
    if (logged.get(topic) !== text) {
      logged.set(topic, text);
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

  return {
    applyView(next) {
      view = next;
      const isNew = describeShape(next) !== shape;
      const isDue = !isHealthy() && clock.now() - checkedAt >= recheckMs;
      if ((isNew || isDue) && !isChecking) {
        shape = describeShape(next);
        void check();
      }
    },
    isDone: () => isDone,
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}

function describeShape({ topics }: ClusterView): string {
  return [...topics].map(([topic, { partitions }]) => `${topic}:${partitions.length}`).join();
}
