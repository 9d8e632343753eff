import { loadFilterConfig } from '../../../src/config/filter-config.ts';
import type { KafkaCluster, Topic } from '../kafka/kafka-cluster.ts';
import { readCommittedLog } from '../kafka/read-log.ts';
import type { Network } from '../network/network.ts';
import { createReadinessProbe } from '../receiver/readiness-probe.ts';
import type { SimulatedStore } from '../scenario.ts';
import type { World } from '../world/world.ts';
import { createFilterPlace } from './filter-process.ts';
import { judgeStates } from './judge-states.ts';
import { findUnread } from './what-lacks.ts';

export const clientId = 'filter-beside';
const groupId = 'filter';
const latestTopic = 'comapi-webhook-events.latest';
const maxMessageBytes = 1_048_588;

interface FilterBesideDeps {
  readonly world: World;
  readonly network: Network;
  readonly cluster: KafkaCluster;
  readonly events: Topic;
  readonly deadLetters: Topic;
}

/** The revision filter on the cluster that receivers write to: it reads what they have stored, and nothing is to be missing. */
export function startFilterBeside({
  world,
  network,
  cluster,
  events,
  deadLetters,
}: FilterBesideDeps): Required<Pick<SimulatedStore, 'findLack' | 'judge'>> {
  const latest = cluster.addTopic({
    name: latestTopic,
    partitionCount: events.partitions.length,
    settings: {
      ...{ 'min.insync.replicas': '2', 'retention.ms': '-1', 'cleanup.policy': 'compact' },
      'max.message.bytes': String(maxMessageBytes),
    },
  });
  const config = loadFilterConfig({
    KAFKA_BROKERS: cluster.brokers.map(({ id }) => cluster.addressOf(id)).join(','),
    KAFKA_CLIENT_ID: clientId,
    KAFKA_TOPIC: events.name,
    KAFKA_LATEST_TOPIC: latestTopic,
    KAFKA_DEAD_LETTER_TOPIC: deadLetters.name,
    FILTER_GROUP_ID: groupId,
    FILTER_SESSION_TIMEOUT_MS: '10000',
    MANAGEMENT_PORT: '9090',
  });
  const place = createFilterPlace(world, 'filter-1', config);
  const probe = createReadinessProbe(network, place.name);
  place.start();
  let isAsked = false;

  return {
    async findLack() {
      const problem = isAsked ? probe.problem() : 'it was not asked';
      isAsked = true;
      probe.ask();
      const lack =
        findUnread(cluster, { groupId, name: events.name }) ??
        cluster.coordination.transactions.unfinished()[0] ??
        problem;
      if (lack === undefined) {
        place.terminate();
      }
      return lack && `the filter: ${lack}`;
    },
    judge() {
      const wrong = judgeStates({
        partitions: events.partitions.map(({ partition, log }) => ({
          partition,
          events: readCommittedLog(log),
          latest: readCommittedLog(latest.partitions[partition]?.log),
        })),
        deadLetters: [],
        maxBodyBytes: maxMessageBytes,
        resets: [],
        newest: new Set(),
      });
      return [...wrong, ...place.faults].map((text) => ({ kind: 'lost', text: `the filter: ${text}` }));
    },
  };
}
