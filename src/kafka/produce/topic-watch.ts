import type { Logger } from '../../runtime/logger.ts';
import type { TopicView } from '../cluster/cluster-view.ts';
import { formatKafkaError } from '../errors/explain-kafka-error.ts';
import { errorCodes } from '../errors/kafka-errors.ts';
import { defaultTopicSettings } from '../topics/topic-settings.ts';
import type { TopicQueues } from './topic-queues.ts';

/** How many views in a row must agree before a topic that was there is taken as gone, or as smaller. */
const viewsToBelieveLoss = 3;

/** Follows what the brokers say of one topic. A broker that lags behind must not undo what others know better. */
export interface TopicWatch {
  readonly queues: TopicQueues;
  /** Why nothing can be written to the topic; `undefined` when it can. */
  problem(): string | undefined;
  /** @returns false when the view is in doubt and another broker should be asked */
  see(view: TopicView | undefined): boolean;
  /** In-sync replicas without which the broker refuses a write; 1 until the topic's settings were read. */
  minInSyncReplicas: number;
  /** A setting of the topic that makes every write impossible; `undefined` when there is none. */
  obstacle: string | undefined;
}

interface TopicWatchDeps {
  readonly queues: TopicQueues;
  readonly logger: Logger;
}

export function createTopicWatch({ queues, logger }: TopicWatchDeps): TopicWatch {
  const { topic } = queues;
  let viewProblem: string | undefined = `nothing is known of the topic ${topic} yet`;
  let doubts = 0;
  let seen = false;

  function become(next: string | undefined): void {
    if (next === viewProblem) {
      return;
    }
    if (next !== undefined) {
      logger.error({ topic }, next);
      queues.failAll(next);
    } else if (seen) {
      logger.info({ topic, partitions: queues.queues.length }, 'kafka topic can be written');
    }
    viewProblem = next;
  }

  function describe(view: TopicView | undefined): string | undefined {
    if (view === undefined || view.errorCode === errorCodes.UNKNOWN_TOPIC_OR_PARTITION) {
      return `the topic ${topic} does not exist: create it with "comapi-webhook topics"`;
    }
    if (view.errorCode === errorCodes.TOPIC_AUTHORIZATION_FAILED) {
      return `access to the topic ${topic} is denied: ${formatKafkaError(view.errorCode, { api: 'Metadata', topic })}; the receiver needs Write on it, which includes Describe`;
    }
    return view.partitions.length === 0
      ? `the topic ${topic} is not ready (code ${view.errorCode})`
      : undefined;
  }

  const watch: TopicWatch = {
    queues,
    minInSyncReplicas: defaultTopicSettings.minInSyncReplicas,
    obstacle: undefined,
    problem: () => viewProblem ?? watch.obstacle,
    see(view) {
      const problem = describe(view);
      const count = view?.partitions.length ?? 0;
      const loss = seen && (problem !== undefined || count < queues.queues.length);
      doubts = loss ? doubts + 1 : 0;
      if (loss && doubts < viewsToBelieveLoss) {
        return false;
      }
      if (problem === undefined) {
        if (count !== queues.queues.length) {
          if (seen) {
            logger.warn(
              { topic, from: queues.queues.length, to: count },
              'kafka topic has another number of partitions',
            );
          }
          queues.resize(count);
        }
        seen = true;
      }
      become(problem);
      return true;
    },
  };
  return watch;
}
