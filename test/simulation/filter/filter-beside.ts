import { loadFilterConfig } from '../../../src/config/filter-config.ts';
import type { Env } from '../../../src/runtime/config-error.ts';
import { runJudges } from '../../faults/verdict/run-judges.ts';
import type { KafkaCluster, Topic } from '../kafka/kafka-cluster.ts';
import type { OddBehaviour } from '../kafka/odd-behaviour.ts';
import { readCommittedLog } from '../kafka/read-log.ts';
import { usual } from '../kafka/two-registrations.ts';
import type { Network } from '../network/network.ts';
import { createReadinessProbe, type ReadinessProbe } from '../receiver/readiness-probe.ts';
import type { Fault, SimulationViolation } from '../scenario.ts';
import type { World } from '../world/world.ts';
import { applyFilterFault } from './filter-faults.ts';
import {
  createFilterPlace,
  type FilterPlace,
  filterProcess,
  groupId,
  mostConnections,
} from './filter-process.ts';
import { startForeignProducer } from './foreign-producer.ts';
import { stateJudges } from './judge-states.ts';
import { type HeldFile, passwordFile } from './password-file.ts';
import { isReset } from './plan-filter-faults.ts';

interface FilterBesideDeps {
  readonly world: World;
  readonly network: Network;
  readonly cluster: KafkaCluster;
  readonly odd: OddBehaviour;
  readonly compression: string;
  /** Events topics that the receivers write to, oldest first. A fault that recreates the topic adds an entry. */
  readonly events: [Topic, ...Topic[]];
  readonly deadLetterTopic: string;
}

/**
 * Additional settings for rounds of the filter scenario: a second process, a login, and a low size limit for states.
 */
export interface FilterTrials {
  /** Settings of the filter's topics. */
  readonly settings: Readonly<Record<string, string>>;
  readonly passwordFile: HeldFile;
}

/** Value of `max.message.bytes` for the latest-state topic. */
const maxMessageBytes = 1_048_588;
const maxStateBytes = 12_000;
/** Bytes that the filter reserves for the batch header. */
const batchBytes = 128;

/** Runs the revision filter on the cluster that the receivers write to. The filter must process all stored events. */
export function startFilterBeside(deps: FilterBesideDeps, trials?: FilterTrials) {
  const { world, network, cluster, odd, compression, events, deadLetterTopic } = deps;
  const maxBytes = trials === undefined ? maxMessageBytes : maxStateBytes;
  const { name: topic, partitions } = events[0];
  const partitionCount = partitions.length;
  const settings = { 'min.insync.replicas': '2', 'retention.ms': '-1', ...trials?.settings };
  const latest = {
    name: `${topic}.latest`,
    partitionCount,
    settings: { ...settings, 'cleanup.policy': 'compact', 'max.message.bytes': String(maxBytes) },
  };
  cluster.addTopic(latest);
  const ownDeadLetters =
    trials && cluster.addTopic({ name: `${latest.name}.dlq`, partitionCount: 2, settings });
  const env = {
    KAFKA_BROKERS: cluster.brokers.map(({ id }) => cluster.addressOf(id)).join(','),
    KAFKA_TOPIC: topic,
    KAFKA_COMPRESSION: compression,
    KAFKA_DEAD_LETTER_TOPIC: ownDeadLetters?.name ?? deadLetterTopic,
    FILTER_GROUP_ID: groupId,
    MANAGEMENT_PORT: '9090',
  };
  const places = (trials === undefined ? [{}] : planPlaces(cluster)).map((own, index) =>
    createFilterPlace(world, `${filterProcess}${index + 1}`, loadFilterConfig({ ...env, ...own })),
  );
  const probes = new Map(places.map(({ name }) => [name, createReadinessProbe(network, name)]));
  const resets: string[] = [];
  const running = () => places.filter((place) => place.isUp());
  let isOver = false;

  places[0]?.start();
  if (trials !== undefined && world.random.chance(0.5)) {
    world.after(world.random.between(1, 8_000), () => places[1]?.start());
  }
  const endForeign =
    trials &&
    startForeignProducer({
      ...{ world, cluster, topic, partitionCount, headers: { webhook: usual.name } },
      largeBytes: maxStateBytes,
    });
  return {
    get mostConnections() {
      return mostConnections * running().length;
    },
    /** Applies a fault. @returns a function that heals the fault, or `undefined` if the fault is of a different kind */
    apply(fault: Fault) {
      if (isReset(fault)) {
        resets.push(fault.kind);
      }
      return trials && applyFilterFault(fault, { ...trials, world, cluster, odd, places, events, latest });
    },
    async findLack() {
      endForeign?.();
      if (isOver) {
        return running().length > 0 ? 'the filter has not ended' : undefined;
      }
      const problem = await findProblem(running(), probes);
      const lack = findUnread(cluster, topic) ?? cluster.coordination.transactions.unfinished()[0] ?? problem;
      if (lack !== undefined) {
        return `the filter: ${lack}`;
      }
      isOver = true;
      for (const place of places) {
        place.terminate();
      }
      return 'the filter has not ended';
    },
    judges: { judgeFilter },
  };

  function judgeFilter(): SimulationViolation[] {
    // If the log of the latest-state topic has grown back to its previous length, the filter cannot detect that states
    // were lost.
    const seen = [...partitions.keys()].filter(
      (partition) =>
        !resets.includes('states cut back') || cluster.logOf(latest.name, partition)?.hidesLoss !== true,
    );
    const wrong = runJudges(stateJudges, {
      partitions: seen.map((partition) => ({
        partition,
        // Excludes events that the provider retries when the filter has already stopped.
        events: readCommittedLog(cluster.logOf(topic, partition)).filter(
          ({ offset }) => offset < filteredUpTo(cluster, `${topic}-${partition}`),
        ),
        latest: readCommittedLog(cluster.logOf(latest.name, partition)),
        history: events.flatMap((each) => each.partitions[partition]?.log.everCommitted() ?? []),
      })),
      deadLetters: ownDeadLetters?.partitions.flatMap(({ log }) => readCommittedLog(log)) ?? [],
      maxBodyBytes: maxBytes - batchBytes,
      resets,
      exits: places.flatMap(({ faults }) => faults),
    });
    return wrong.map((text) => ({ kind: 'lost', text: `the filter: ${text}` }));
  }
}

/** Plans the environment variables of two filter processes. */
function planPlaces({ password }: KafkaCluster): readonly Env[] {
  const login = password !== undefined && {
    KAFKA_SASL_MECHANISM: 'plain',
    KAFKA_SASL_USERNAME: 'filter',
    KAFKA_SASL_PASSWORD_FILE: passwordFile,
    ALLOW_PLAINTEXT: 'true',
  };
  return [{ ...login }, { ...login }];
}

/** Finds a partition of the events topic that the filter has not read to its end. */
function findUnread(cluster: KafkaCluster, topic: string): string | undefined {
  for (const { partition, log } of cluster.topics.get(topic)?.partitions ?? []) {
    const name = `${topic}-${partition}`;
    const committed = filteredUpTo(cluster, name);
    if (committed !== log.endOffset) {
      return `${name} is filtered up to ${committed} of ${log.endOffset}`;
    }
  }
  return undefined;
}

const filteredUpTo = ({ coordination }: KafkaCluster, name: string): number =>
  coordination.offsets(groupId).find(name)?.offset ?? 0;

/** Returns a problem that a process reports, and starts the next probe of every process. */
async function findProblem(
  places: readonly FilterPlace[],
  probes: ReadonlyMap<string, ReadinessProbe>,
): Promise<string | undefined> {
  const problems = places.map(({ name }) => probes.get(name)?.problem());
  for (const { name } of places) {
    probes.get(name)?.ask();
  }
  const lags = await Promise.all(places.map((place) => place.lag()));
  const waiting = lags.find((lag) => lag > 0);
  return (
    problems.find((each) => each !== undefined) ??
    (waiting === undefined ? undefined : `${waiting} records wait`)
  );
}
