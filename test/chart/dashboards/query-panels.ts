import type { DashboardSpec } from '../../../charts/generate/dashboards/panel-spec.ts';
import { selector } from '../../../charts/generate/dashboards/variables.ts';
import type { Prometheus, Series } from './prometheus.ts';

export interface DrawnQuery {
  /** Title of the panel. */
  readonly title: string;
  readonly legend: string;
  readonly expr: string;
  readonly series: readonly Series[];
}

export interface QueryWindow {
  /** Epoch seconds. */
  readonly from: number;
  readonly to: number;
  /** Values that are selected in the dashboard's variables. */
  readonly labels: Readonly<Record<'namespace' | 'job', string>>;
  /** Value of Grafana's `$__rate_interval`. The default is 5s. */
  readonly rateInterval?: string;
}

/** Runs every query of the dashboard as Grafana does, and returns the series of each query. */
export async function queryPanels(
  { rows }: DashboardSpec,
  prometheus: Pick<Prometheus, 'queryRange'>,
  { from, to, labels, rateInterval = '5s' }: QueryWindow,
): Promise<DrawnQuery[]> {
  const chosen: Record<string, string> = {
    cluster: '.*',
    namespace: labels.namespace,
    job: labels.job,
    instance: '.+',
    objective: '0.999',
    __rate_interval: rateInterval,
    __range: `${Math.ceil(to - from)}s`,
  };
  const stepSeconds = Math.max(1, Math.round((to - from) / 120));
  const drawn: DrawnQuery[] = [];
  for (const { title, kind, queries } of rows.flatMap((row) => row.panels)) {
    for (const { legend, expr: template } of queries) {
      const expr = template
        .replaceAll('SELECTOR', selector)
        .replaceAll(/\$(\w+)/g, (variable, name: string) => chosen[name] ?? variable);
      const series = await prometheus.queryRange(expr, kind === 'stat' ? to : from, to, stepSeconds);
      drawn.push({ title, legend, expr, series: series.filter(hasNumber) });
    }
  }
  return drawn;
}

/**
 * Lists the queries that returned no data. The query of the memory limit has no data if the processes have no limit. It
 * is only listed if it returned a 0, because it must not draw a line at 0.
 */
export function listEmptyQueries(drawn: readonly DrawnQuery[]): string[] {
  return drawn
    .filter(({ title, legend, series }) =>
      title === 'Memory' && legend === 'limit'
        ? series.some(({ values }) => values.some(([, value]) => Number(value) === 0))
        : series.length === 0,
    )
    .map(({ title, expr }) => `${title}: ${expr}`);
}

/** Returns the highest value of all series of the panel with this title, or 0 if the panel has no series. */
export function highestValue(drawn: readonly DrawnQuery[], title: string): number {
  const series = drawn.filter((query) => query.title === title).flatMap((query) => query.series);
  const values = series.flatMap((each) => each.values.map(([, value]) => Number(value)));
  return Math.max(0, ...values.filter((value) => !Number.isNaN(value)));
}

function hasNumber({ values }: Series): boolean {
  return values.some(([, value]) => value !== 'NaN');
}
