import { setTimeout as delay } from 'node:timers/promises';
import { Registry } from 'prom-client';
import type { FilterConfig } from './config/filter-config.ts';
import { createFilterKafka, type FilterKafka, type FilterKafkaDeps } from './kafka/filter-kafka.ts';
import type { GroupMembership } from './kafka/group-membership.ts';
import { createFilterMetrics } from './ops/filter-metrics.ts';
import { createHealth } from './ops/health.ts';
import { startManagement } from './ops/start-management.ts';
import { checkTopics, type TopicsVerdict } from './revisions/check-topics.ts';
import { startPartitionProcessor } from './revisions/partition-processor.ts';
import { createProcessorSet, type ProcessorSet } from './revisions/processor-set.ts';
import type { Clock } from './runtime/clock.ts';
import type { Logger } from './runtime/logger.ts';
import type { RunningProcess } from './runtime/run-process.ts';
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

const topicsCheckMs = 30_000;
const missingTopicsMs = 2_000;
const retryDelayMs = 200;

/** Builds the revision filter and starts it. It is ready once it is a member of its group and has restored its share. */
export async function startRevisionFilter(config: FilterConfig, deps: FilterDeps): Promise<RunningFilter> {
  const { logger, clock, registry = new Registry(), openKafka = createFilterKafka } = deps;
  const { topics, groupId } = config;
  const metrics = createFilterMetrics(registry, version);
  const stopping = new AbortController();
  const kafka = openKafka({
    ...config,
    connection: config.kafka.connection,
    logger,
    onThrottle: metrics.throttled,
  });
  let membership: GroupMembership | undefined;
  let waitingFor = 'Kafka has not answered yet';
  let fail: (error: Error) => void = () => {};
  const failed = new Promise<Error>((resolve) => {
    fail = resolve;
  });

  const processors = createProcessorSet((partition) =>
    startPartitionProcessor({
      topic: topics.events,
      partition,
      acquire: kafka.acquire,
      whenOwner: (signal) => membership?.whenConfirmed(signal) ?? Promise.resolve(),
      windowMs: config.windowMs,
      commitIntervalMs: config.commitIntervalMs,
      retryDelayMs,
      observer: metrics,
      clock,
      logger,
    }),
  );
  const health = createHealth([
    {
      name: 'group',
      check: () => ({
        ok: membership?.isMember() === true,
        detail: membership === undefined ? waitingFor : `member of ${groupId}: ${membership.isMember()}`,
      }),
    },
    { name: 'partitions', check: () => checkPartitions(processors) },
  ]);
  metrics.watchHealth(health);

  async function look(): Promise<TopicsVerdict & { readonly partitionCount: number }> {
    const [events, latest, deadLetter] = await kafka.describeTopics();
    if (events === undefined || latest === undefined || deadLetter === undefined) {
      throw new Error('Kafka did not describe every topic');
    }
    return { ...checkTopics({ events, latest, deadLetter }), partitionCount: events.partitionCount };
  }

  async function begin(): Promise<void> {
    let seen = await look();
    while (seen.missing.length > 0) {
      waitingFor = `missing: ${seen.missing.join(', ')}`;
      logger.warn({ topics: seen.missing }, 'topics do not exist yet, waiting for them');
      await delay(missingTopicsMs, undefined, { signal: stopping.signal });
      seen = await look();
    }
    for (const warning of seen.warnings) {
      logger.warn(warning);
    }
    if (seen.refusal !== undefined) {
      throw new Error(seen.refusal);
    }
    membership = kafka.join({
      owned: processors.owned,
      onAssignment(partitions) {
        metrics.rebalanced();
        processors.assign(partitions);
      },
      onFenced: fail,
    });
    await watchTopics(seen.partitionCount);
  }

  /** With another number of partitions keys lie elsewhere: the state that was read is no longer the right one. */
  async function watchTopics(partitionCount: number): Promise<never> {
    for (;;) {
      await delay(topicsCheckMs, undefined, { signal: stopping.signal });
      const seen = await look();
      if (seen.refusal !== undefined) {
        throw new Error(seen.refusal);
      }
      if (seen.missing.length === 0 && seen.partitionCount !== partitionCount) {
        throw new Error(
          `${topics.events} had ${partitionCount} partitions and has ${seen.partitionCount} now.`,
        );
      }
    }
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
      await processors.stop();
      await membership?.stop();
      kafka.close();
      await running;
      await management.close();
    },
  };
}

function checkPartitions(processors: ProcessorSet): { readonly ok: boolean; readonly detail: string } {
  const waiting = processors.states().filter(({ state }) => state !== 'running');
  return {
    ok: waiting.length === 0,
    detail: waiting.map(({ partition, state }) => `${partition} is ${state}`).join(', '),
  };
}
