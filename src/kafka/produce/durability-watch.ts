import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { ClusterReader } from '../cluster/cluster-reader.ts';
import type { ClusterView } from '../cluster/cluster-view.ts';
import type { ExpectedTopic } from '../topics/expect-topics.ts';
import { type Judgement, judgeTopic } from '../topics/judge-topic.ts';
import { toTopicFacts } from '../topics/topic-facts.ts';
import type { KafkaSinkMetrics } from './kafka-sink-metrics.ts';
import type { ProduceSettings } from './produce-settings.ts';
import type { TopicWatch } from './topic-watch.ts';

/** Judges the topics when they are first seen, then rarely while all is well, and often while something is not. */
export interface DurabilityWatch {
  /**
   * Takes the newest view. The first one, and each in which topics came or went, starts a check at once; so does one in
   * trouble when the last check is a while ago: a setting that was changed may be what ends the trouble.
   */
  see(view: ClusterView): void;
  /** The first check is over. */
  isDone(): boolean;
  stop(): void;
}

interface DurabilityWatchDeps {
  readonly topics: readonly ExpectedTopic[];
  readonly watches: ReadonlyMap<string, TopicWatch>;
  readonly reader: ClusterReader;
  readonly settings: Pick<ProduceSettings, 'durabilityCheckMs'>;
  readonly metrics: KafkaSinkMetrics;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Every partition of every topic takes records. */
  readonly isCalm: () => boolean;
  readonly onChange: () => void;
}

/** After a check that a failure cut short, and in trouble. */
const recheckMs = 2000;

export function createDurabilityWatch(deps: DurabilityWatchDeps): DurabilityWatch {
  const { topics, watches, reader, settings, metrics, clock, logger, isCalm, onChange } = deps;
  const said = new Map<string, string>();
  let view: ClusterView | undefined;
  let timer: NodeJS.Timeout | undefined;
  let shapeSeen: string | undefined;
  let checkedAt = 0;
  let checking = false;
  let done = false;
  let stopped = false;

  async function check(): Promise<void> {
    clearTimeout(timer);
    checking = true;
    let complete = true;
    for (const expected of topics) {
      complete = (await checkTopic(expected)) && complete;
    }
    checking = false;
    checkedAt = clock.now();
    done = true;
    if (!stopped) {
      timer = setTimeout(() => void check(), complete ? settings.durabilityCheckMs : recheckMs);
      onChange();
    }
  }

  async function checkTopic(expected: ExpectedTopic): Promise<boolean> {
    const { topic } = expected;
    try {
      const facts = toTopicFacts(topic, view?.topics.get(topic), await reader.describeTopic(topic));
      const judgement = judgeTopic(expected, facts);
      const obstacle = judgement.findings.find(({ verdict }) => verdict === 'error');
      const watch = watches.get(topic);
      if (watch !== undefined) {
        // That it does not exist is seen by the watch itself, and sooner.
        watch.obstacle = facts.exists && obstacle ? `${topic}: ${obstacle.message}` : undefined;
        if (facts.settings !== undefined) {
          watch.minInSyncReplicas = facts.settings.minInSyncReplicas;
          watch.queues.setMaxMessageBytes(facts.settings.maxMessageBytes);
        }
      }
      metrics.durabilityChecked(topic, judgement.verdict);
      say(topic, judgement);
      return true;
    } catch (error) {
      logger.debug({ topic, err: error }, 'the settings of a kafka topic were not read');
      return false;
    }
  }

  /** Logs what is new only. */
  function say(topic: string, { verdict, findings }: Judgement): void {
    const text = findings.map(({ message }) => message).join(' ');
    if (said.get(topic) !== text) {
      said.set(topic, text);
      if (verdict === 'ok') {
        logger.info({ topic }, 'kafka topic is durable');
      } else {
        logger[verdict === 'error' ? 'error' : 'warn']({ topic, verdict }, `kafka topic: ${text}`);
      }
    }
  }

  return {
    see(next) {
      const shape = describeShape(next);
      view = next;
      const isTroubled = !isCalm() && clock.now() - checkedAt >= recheckMs;
      if ((shape !== shapeSeen || isTroubled) && !checking) {
        shapeSeen = shape;
        void check();
      }
    },
    isDone: () => done,
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

function describeShape({ topics }: ClusterView): string {
  return [...topics].map(([topic, { partitions }]) => `${topic}:${partitions.length}`).join();
}
