import type { OpenBrokerConnection } from '../cluster/broker-connection.ts';
import { createClusterReader } from '../cluster/cluster-reader.ts';
import { describeKafkaFailure } from '../errors/describe-kafka-failure.ts';
import type { KafkaAccess } from '../kafkajs/kafka-access.ts';
import { createClusterWatcher } from './cluster-watcher.ts';
import { createDurabilityWatch } from './durability-watch.ts';
import type { ProduceDeps } from './produce-settings.ts';
import type { TopicSet } from './topic-set.ts';

/** Keeps the topics up to date with the cluster: partitions, leaders, addresses and settings. */
export interface ClusterFollower {
  /** Asks for a new view soon. */
  refresh(): void;
  /** Why no broker answers, for a person; `undefined` when one does. */
  problem(): string | undefined;
  /** The settings of the topics were read once. */
  isChecked(): boolean;
  stop(): void;
}

interface FollowClusterDeps extends Omit<ProduceDeps, 'refreshView'> {
  readonly connection: KafkaAccess;
  readonly openConnection: OpenBrokerConnection;
  readonly topics: TopicSet;
}

export function followCluster(deps: FollowClusterDeps): ClusterFollower {
  const { connection, openConnection, topics, settings } = deps;
  const reader = createClusterReader({
    bootstrap: connection.brokers,
    openConnection,
    hedgeMs: settings.hedgeMs,
  });
  const durability = createDurabilityWatch({ ...deps, reader });
  const watcher = createClusterWatcher({
    ...deps,
    reader,
    topics: [...topics.topics.keys()],
    isHealthy: topics.isHealthy,
    describe: (error) => describeKafkaFailure(error, connection.brokers),
    onView(view) {
      topics.applyView(view);
      durability.applyView(view);
    },
  });
  return {
    refresh: watcher.refresh,
    problem: watcher.problem,
    isChecked: durability.isDone,
    stop() {
      watcher.stop();
      durability.stop();
    },
  };
}
