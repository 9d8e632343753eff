import type { TopicValidation } from '../../../ports/topics.ts';
import type { Clock } from '../../../runtime/clock.ts';
import type { Logger } from '../../../runtime/logger.ts';
import type { ClusterReader } from '../cluster/cluster-reader.ts';
import type { ClusterView } from '../cluster/cluster-view.ts';
import { toTopicFacts } from '../cluster/topics/topic-facts.ts';
import { validateTopic } from '../cluster/topics/validate-topic.ts';
import type { KafkaSinkMetrics } from './kafka-sink-metrics.ts';
import type { Topic } from './topic.ts';

/** Reads and judges the settings of the topics: rarely while every partition takes records, and often otherwise. */
export interface DurabilityWatch {
  /**
   * Takes the newest view. A check starts at once at the first view, and when topics or partitions came or went. While
   * a partition takes no records it starts at each view, if the last one is a while ago: a changed setting may be what
   * lets it take them again.
   */
  applyView(view: ClusterView): void;
  /** The first check is over. */
  isDone(): boolean;
  stop(): void;
}

interface DurabilityWatchDeps {
  readonly topics: ReadonlyMap<string, Topic>;
  /** Every partition of every topic takes records. */
  readonly isHealthy: () => boolean;
  readonly reader: Pick<ClusterReader, 'describeTopic'>;
  /** From one check to the next. */
  readonly intervalMs: number;
  readonly metrics: Pick<KafkaSinkMetrics, 'durabilityChecked'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onChange: () => void;
}

/** After a check that a failure cut short, and while a partition takes no records. */
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
      const judgement = validateTopic(expected, facts);
      topic.applyJudgement(facts, judgement);
      metrics.durabilityChecked(name, judgement.verdict);
      // Of one that does not exist the topic has told already.
      if (facts.exists) {
        logNew(topic, judgement);
      }
      return true;
    } catch (error) {
      logger.debug({ topic: name, err: error }, 'the settings of a kafka topic were not read');
      return false;
    }
  }

  function logNew(topic: Topic, { verdict, findings }: TopicValidation): void {
    const text = findings.map(({ message }) => message).join(' ');
    if (logged.get(topic) !== text) {
      logged.set(topic, text);
      if (verdict === 'ok') {
        logger.info({ topic: topic.name }, 'kafka topic is durable');
      } else {
        logger[verdict === 'error' ? 'error' : 'warn'](
          { topic: topic.name, verdict },
          `kafka topic: ${text}`,
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
