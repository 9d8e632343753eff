import type { Registry } from 'prom-client';
import type { TopicNames } from '../../config/topic-names.ts';
import type { Filter } from '../../filter/filter.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Health } from '../health.ts';
import { decideFilterHeadline } from './headline.ts';
import { createProcessReport, readSeries } from './process-report.ts';
import type { FilterReport } from './status-report.ts';

export interface FilterReportDeps {
  readonly groupId: string;
  readonly topics: TopicNames;
  readonly filter: Pick<Filter, 'partitions'>;
  readonly health: Pick<Health, 'readiness'>;
  readonly registry: Registry;
  readonly clock: Pick<Clock, 'epochMs'>;
}

/** Reports the partitions of this process. */
export function createFilterReport(deps: FilterReportDeps): () => Promise<FilterReport> {
  const { groupId, topics, filter, registry } = deps;
  const { events, latest, deadLetter } = topics;
  const reportProcess = createProcessReport(deps);

  return async () => {
    const [lags, entities] = await Promise.all([
      readByPartition(registry, 'comapi_webhook_filter_lag_records'),
      readByPartition(registry, 'comapi_webhook_filter_tracked_entities'),
    ]);
    const process = reportProcess();
    return {
      process: 'filter',
      headline: decideFilterHeadline(process),
      ...process,
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
    };
  };
}

async function readByPartition(registry: Registry, name: string): Promise<ReadonlyMap<number, number>> {
  const series = await readSeries(registry, name);
  return new Map(series.map(({ labels, value }) => [Number(labels.partition), value]));
}
