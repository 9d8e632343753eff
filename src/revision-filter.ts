import { Registry } from 'prom-client';
import type { FilterConfig } from './config/filter-config.ts';
import { listTopics } from './config/topic-names.ts';
import type { Filter, PartitionObserver } from './filter/filter.ts';
import { createFilterMetrics } from './observe/filter-metrics.ts';
import { Health } from './observe/health.ts';
import { startManagement } from './observe/start-management.ts';
import { FilterHistory } from './observe/status/filter-history.ts';
import { createFilterReport } from './observe/status/filter-report.ts';
import type { Clock } from './runtime/clock.ts';
import { type Logger, writeAuditLine } from './runtime/logger.ts';
import type { RunningProcess } from './runtime/run-process.ts';
import { version } from './runtime/version.ts';
import type { FilterDeps } from './stores/store.ts';

export interface RevisionFilterDeps {
  readonly createFilter: (deps: FilterDeps) => Filter;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly registry?: Registry;
}

export interface RunningFilter extends RunningProcess {
  readonly managementUrl: string;
}

/**
 * Builds and starts the revision filter. The filter is ready once it has joined its consumer group and restored its
 * partitions.
 */
export async function startRevisionFilter(
  config: FilterConfig,
  { createFilter, logger, clock, registry = new Registry() }: RevisionFilterDeps,
): Promise<RunningFilter> {
  const { topics, groupId, traces: tracesConfig } = config;
  const { host, port } = config.management;
  const [names, ...others] = listTopics(topics);
  const metrics = createFilterMetrics(registry, version);
  const tracing = { topic: topics.events, groupId, clock, logger };
  const traces =
    tracesConfig &&
    (await import('./observe/tracing/trace-filter.ts')).openFilterTraces(tracesConfig, tracing);
  const history = new FilterHistory(clock);
  const observer = {
    ...metrics,
    reset(facts: Parameters<PartitionObserver['reset']>[0]) {
      metrics.reset(facts);
      history.reset(facts.partition, facts.reset);
    },
    committed(facts: Parameters<PartitionObserver['committed']>[0]) {
      metrics.committed(facts);
      history.committed(facts.outcomes.length);
      traces?.committed(facts);
    },
  };
  const filter = createFilter({ rules: config, observer, registry, clock, logger });
  const health = new Health(filter.checks, { staysReady: false });
  metrics.watchHealth(health);
  const report = createFilterReport({ groupId, topics, filter, health, history, registry, clock });
  const management = await startManagement({ host, port, health, report, registry, clock, logger });
  const facts = { version, managementUrl: management.url, groupId, topics: names, traces: tracesConfig?.url };
  writeAuditLine(logger, 'started', facts, 'started');
  if (others.length > 0) {
    logger.info(
      { topics: others.map(({ events }) => events) },
      'TOPIC_RULES routes events to more topics than this filter reads: run a separate filter for each of these topics',
    );
  }
  return {
    managementUrl: management.url,
    failed: filter.start(),
    async stop() {
      health.drain();
      await filter.stop();
      await traces?.close();
      await management.close();
    },
  };
}
