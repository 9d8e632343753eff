/** One panel of a dashboard, before it is drawn into Grafana's JSON. */
export interface PanelSpec {
  readonly title: string;
  /** What it shows and what to make of it, for whoever opens the panel's help. */
  readonly description: string;
  /** A unit of Grafana's: https://github.com/grafana/grafana/blob/main/packages/grafana-data/src/valueFormats/categories.ts */
  readonly unit: string;
  readonly kind: 'stat' | 'timeseries';
  readonly queries: readonly QuerySpec[];
  readonly thresholds?: readonly Threshold[];
  readonly max?: number;
  readonly stacked?: boolean;
}

export interface QuerySpec {
  readonly legend: string;
  /** PromQL; `SELECTOR` stands for the matchers of the dashboard's variables. */
  readonly expr: string;
}

export interface Threshold {
  /** `null`: from below everything. */
  readonly from: number | null;
  readonly color: 'green' | 'orange' | 'red' | 'blue';
}

export interface RowSpec {
  readonly title: string;
  readonly panels: readonly PanelSpec[];
}

export interface DashboardSpec {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  /** A metric that each process of this kind has: the variables' choices come from its labels. */
  readonly presenceMetric: string;
  readonly rows: readonly RowSpec[];
}

/** A quantile of a histogram over all selected processes, by further labels where there are any. */
export function quantile(q: number, histogram: string, by = ''): QuerySpec {
  const labels = by === '' ? 'le' : `le, ${by}`;
  const rates = `sum by (${labels}) (rate(${histogram}_bucket{SELECTOR}[$__rate_interval]))`;
  const name = `p${q * 100}`;
  return { legend: by === '' ? name : `${name} {{${by}}}`, expr: `histogram_quantile(${q}, ${rates})` };
}

/** The rate of a counter over all selected processes, by a label; `matchers` narrow it down. */
export function rateBy(label: string, counter: string, matchers = ''): QuerySpec {
  const selector = matchers === '' ? 'SELECTOR' : `SELECTOR,${matchers}`;
  return {
    legend: `{{${label}}}`,
    expr: `sum by (${label}) (rate(${counter}{${selector}}[$__rate_interval]))`,
  };
}
