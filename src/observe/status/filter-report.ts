import type { Registry } from 'prom-client';
import type { TopicNames } from '../../config/topic-names.ts';
import type { Filter } from '../../filter/filter.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Health } from '../health.ts';
import type { FilterHistory } from './filter-history.ts';
import { decideFilterHeadline } from './filter-states.ts';
import { createProcessReport, readMetricSeries } from './process-state.ts';
import type { FilterFacts, FilterReport } from './status-report.ts';

export interface FilterReportDeps {
  readonly groupId: string;
  readonly topics: TopicNames;
  readonly filter: Pick<Filter, 'partitions'>;
  readonly health: Pick<Health, 'readiness'>;
  readonly history: Pick<FilterHistory, 'recordsPerMinute' | 'lastReset'>;
  readonly registry: Registry;
  readonly clock: Pick<Clock, 'epochMs'>;
}

export function createFilterReport(deps: FilterReportDeps): () => Promise<FilterReport> {
  const { groupId, topics, filter, history, registry } = deps;
  const { events, latest, deadLetter } = topics;
  const reportProcess = createProcessReport(deps);

  return async () => {
    const [lags, entities] = await Promise.all([
      readGaugeByPartition(registry, 'comapi_webhook_filter_lag_records'),
      readGaugeByPartition(registry, 'comapi_webhook_filter_tracked_entities'),
    ]);
    const facts: FilterFacts = {
      process: 'filter',
      ...reportProcess(),
      group: groupId,
      topics: { events, latest, deadLetter },
      partitions: filter
        .partitions()
        .toSorted((one, other) => one.partition - other.partition)
        .map(({ partition, state }) => ({
          partition,
          state,
          lag: lags.get(partition),
          entities: entities.get(partition),
        })),
      recordsPerMinute: history.recordsPerMinute(),
      lastReset: history.lastReset,
    };
    return { ...decideFilterHeadline(facts), ...facts };
  };
}

async function readGaugeByPartition(registry: Registry, name: string): Promise<ReadonlyMap<number, number>> {
  const series = await readMetricSeries(registry, name);
  return new Map(series.map(({ labels, value }) => [Number(labels.partition), value]));
}
