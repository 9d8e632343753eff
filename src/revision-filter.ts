import { Registry } from 'prom-client';
import type { FilterConfig } from './config/filter-config.ts';
import { listTopics } from './config/topic-names.ts';
import { createFilterMetrics, type FilterMetrics } from './ops/filter-metrics.ts';
import { createHealth } from './ops/health.ts';
import { startManagement } from './ops/start-management.ts';
import { createFilter, type Filter } from './revisions/create-filter.ts';
import { createFilterProblems } from './revisions/filter-problems.ts';
import type { FilterStore, FilterStoreDeps } from './revisions/filter-store.ts';
import { audit } from './runtime/audit.ts';
import type { Clock } from './runtime/clock.ts';
import type { Logger } from './runtime/logger.ts';
import type { RunningProcess } from './runtime/run-process.ts';
import { UsageError } from './runtime/usage-error.ts';
import { version } from './runtime/version.ts';
import { openStore } from './store/open-store.ts';

export interface FilterDeps {
  readonly logger: Logger;
  readonly clock: Clock;
  readonly registry?: Registry;
  /** Stands in for the configured one. */
  readonly openFilterStore?: (deps: FilterStoreDeps) => Promise<FilterStore>;
}

export interface RunningFilter extends RunningProcess {
  readonly managementUrl: string;
}

/** Builds the revision filter and starts it. It is ready once it is a member of its group and has restored its share. */
export async function startRevisionFilter(config: FilterConfig, deps: FilterDeps): Promise<RunningFilter> {
  const { logger, clock, registry = new Registry() } = deps;
  const { groupId } = config;
  const [topics, ...others] = listTopics(config.topics);
  const metrics = createFilterMetrics(registry, version);
  const filter = await openFilter(config, { ...deps, observer: metrics });
  const health = createHealth(filter.checks);
  metrics.watchHealth(health);
  const management = await startManagement({ ...config.management, health, registry, clock, logger });
  const facts = { version, managementUrl: management.url, groupId, topics };
  audit(logger, 'started', facts, 'started');
  if (others.length > 0) {
    const names = others.map(({ events }) => events);
    logger.info(
      { topics: names },
      'events also go to these topics by their names: each needs a filter of its own',
    );
  }
  return {
    managementUrl: management.url,
    failed: filter.start(),
    async stop() {
      health.drain();
      await filter.stop();
      await management.close();
    },
  };
}

async function openFilter(
  config: FilterConfig,
  { logger, clock, observer, ...deps }: FilterDeps & { readonly observer: FilterMetrics },
): Promise<Filter> {
  const opened = deps.openFilterStore === undefined ? await openStore(config.store) : undefined;
  if (opened?.openFilter !== undefined) {
    return opened.openFilter({ ...config, observer, clock, logger });
  }
  const openFilterStore = deps.openFilterStore ?? opened?.openFilterStore;
  if (openFilterStore === undefined) {
    throw new UsageError('the store of this configuration has no revision filter that keeps running');
  }
  const problems = createFilterProblems({ logger, clock, describe: (error) => store.describeProblem(error) });
  const store = await openFilterStore({
    ...config,
    onProblem: problems.observe,
    onThrottle: observer.throttled,
    logger,
  });
  return createFilter({ ...config, store, problems, observer, clock, logger });
}
