import { Registry } from 'prom-client';
import type { FilterConfig } from './config/filter-config.ts';
import {
  createFilterKafka,
  type FilterKafka,
  type FilterKafkaDeps,
  type TroublePlace,
} from './kafka/filter/filter-kafka.ts';
import type { GroupMembership } from './kafka/filter/group-membership.ts';
import { createFilterMetrics } from './ops/filter-metrics.ts';
import { createHealth } from './ops/health.ts';
import { startManagement } from './ops/start-management.ts';
import { startPartitionProcessor } from './revisions/partition-processor.ts';
import { createProcessorSet, type ProcessorSet } from './revisions/processor-set.ts';
import { type ProgressWatch, startProgressWatch } from './revisions/progress-watch.ts';
import { createTopicsGate } from './revisions/topics-gate.ts';
import type { Clock } from './runtime/clock.ts';
import type { Logger } from './runtime/logger.ts';
import type { RunningProcess } from './runtime/run-process.ts';
import { createTroubles, type Troubles } from './runtime/troubles.ts';
import { version } from './runtime/version.ts';

export interface FilterDeps {
  readonly logger: Logger;
  readonly clock: Clock;
  readonly registry?: Registry;
  /** Stands in for the real one. */
  readonly openKafka?: (deps: FilterKafkaDeps) => FilterKafka;
}

export interface RunningFilter extends RunningProcess {
  readonly managementUrl: string;
}

const retryDelayMs = 200;
const lookAtEndsMs = 2_000;
const stallMs = 15_000;
const troubleLineMs = 5_000;

/** Builds the revision filter and starts it. It is ready once it is a member of its group and has restored its share. */
export async function startRevisionFilter(config: FilterConfig, deps: FilterDeps): Promise<RunningFilter> {
  const { logger, clock, registry = new Registry(), openKafka = createFilterKafka } = deps;
  const { topics, groupId } = config;
  const metrics = createFilterMetrics(registry, version);
  const stopping = new AbortController();
  const troubles = createTroubles({
    logger,
    clock,
    intervalMs: troubleLineMs,
    message: 'Kafka keeps the filter waiting',
  });
  const kafka = openKafka({
    ...config,
    connection: config.kafka.connection,
    onTrouble,
    onThrottle: metrics.throttled,
    logger,
  });
  let membership: GroupMembership | undefined;
  let fail: (error: Error) => void = () => {};
  const failed = new Promise<Error>((resolve) => {
    fail = resolve;
  });

  function onTrouble(place: TroublePlace, error: unknown): void {
    if (error === undefined) {
      troubles.clear(toPlaceName(place));
    } else if (!stopping.signal.aborted) {
      troubles.report(toPlaceName(place), kafka.describeTrouble(error), error);
    }
  }

  const gate = createTopicsGate({
    describeTopics: kafka.describeTopics,
    signal: stopping.signal,
    onTrouble: (error) => onTrouble('topics', error),
    logger,
  });
  const processors: ProcessorSet = createProcessorSet((partition) =>
    startPartitionProcessor({
      topic: topics.events,
      partition,
      acquire: kafka.acquire,
      whenOwner: (signal) => membership?.whenConfirmed(signal) ?? Promise.resolve(),
      windowMs: config.windowMs,
      commitIntervalMs: config.commitIntervalMs,
      retryDelayMs,
      observer: {
        ...metrics,
        trouble: (facts) => onTrouble(facts.partition, facts.error),
        position(facts) {
          onTrouble(facts.partition, undefined);
          progress.moved(facts.partition, facts.position);
          metrics.position(facts);
        },
        ended(gone) {
          onTrouble(gone, undefined);
          progress.ended(gone);
          metrics.ended(gone);
        },
      },
      clock,
      logger,
    }),
  );
  const progress = startProgressWatch({
    readEnds: kafka.readEnds,
    owned: processors.owned,
    onLag: metrics.lag,
    intervalMs: lookAtEndsMs,
    stallMs,
    clock,
  });
  const health = createHealth([
    { name: 'topics', check: () => withCause(gate.state(), troubles.causeAt('topics')) },
    {
      name: 'group',
      check: () => {
        const ok = membership?.isMember() === true;
        return withCause({ ok, detail: `member of ${groupId}: ${ok}` }, troubles.causeAt('group'));
      },
    },
    { name: 'partitions', check: () => checkPartitions(processors, progress, troubles) },
  ]);
  metrics.watchHealth(health);

  async function begin(): Promise<void> {
    await gate.open();
    membership = kafka.join({
      owned: processors.owned,
      onAssignment(partitions) {
        metrics.rebalanced();
        processors.assign(partitions);
      },
      onFenced: fail,
    });
    await gate.watch();
  }

  const management = await startManagement({ ...config.management, health, registry, clock, logger });
  logger.info({ version, managementUrl: management.url, groupId, topics }, 'started');
  const running = begin().catch((error: unknown) => {
    if (!stopping.signal.aborted) {
      fail(error instanceof Error ? error : new Error(String(error)));
    }
  });

  return {
    managementUrl: management.url,
    failed,
    async stop() {
      health.drain();
      stopping.abort();
      progress.stop();
      await processors.stop();
      await membership?.stop();
      kafka.close();
      await running;
      await management.close();
    },
  };
}

function toPlaceName(place: TroublePlace): string {
  return typeof place === 'number' ? `partition ${place}` : place;
}

interface CheckResult {
  readonly ok: boolean;
  readonly detail: string;
}

/** The cause of what is not well; what is well may have had some trouble just now. */
function withCause({ ok, detail }: CheckResult, cause: string | undefined): CheckResult {
  return { ok, detail: ok || cause === undefined ? detail : `${detail}: ${cause}` };
}

function checkPartitions(processors: ProcessorSet, progress: ProgressWatch, troubles: Troubles): CheckResult {
  const waiting = processors
    .states()
    .filter(({ state }) => state !== 'running')
    .map(({ partition, state }) => {
      const cause = troubles.causeAt(toPlaceName(partition));
      return `${partition} is ${state}${cause === undefined ? '' : `: ${cause}`}`;
    });
  const problems = progress.problems().map(({ partition, problem }) => {
    const cause = troubles.causeAt(toPlaceName(partition)) ?? troubles.causeAt('ends');
    return cause === undefined ? problem : `${problem}: ${cause}`;
  });
  const details = [...waiting, ...problems];
  return { ok: details.length === 0, detail: details.join(', ') };
}
