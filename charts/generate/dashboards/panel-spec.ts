import type { Color } from './colors.ts';

/** One panel of a dashboard, before it is drawn into Grafana's JSON. */
export interface PanelSpec {
  readonly title: string;
  /** What it shows and what to make of it, for whoever opens the panel's help. */
  readonly description: string;
  /** A unit of Grafana's: https://github.com/grafana/grafana/blob/main/packages/grafana-data/src/valueFormats/categories.ts */
  readonly unit: string;
  /** A stat is asked once, over the chosen range or now; the others at each step. */
  readonly kind: 'stat' | 'timeseries' | 'state-timeline';
  readonly queries: readonly QuerySpec[];
  /** Colours of a stat; in a time series the limits, as dashed lines. */
  readonly thresholds?: readonly Threshold[];
  /** Colours by legend, where a name has a meaning that must not change with its neighbours. */
  readonly colors?: Readonly<Record<string, Color>>;
  /** What the values of a state timeline stand for. */
  readonly states?: readonly State[];
  readonly max?: number;
  readonly stacked?: boolean;
  /** File in docs/runbooks that explains it. */
  readonly runbook?: string;
}

export interface QuerySpec {
  readonly legend: string;
  /** PromQL; `SELECTOR` stands for the matchers of the dashboard's variables. */
  readonly expr: string;
}

export interface Threshold {
  /** `null`: from below everything. */
  readonly from: number | null;
  readonly color: Color;
}

export interface State {
  readonly value: number;
  readonly text: string;
  readonly color: Color;
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

/** As `rateBy`, of the values of the label that have happened alone: most reasons never do. */
export function rateOfAny(label: string, counter: string, matchers = ''): QuerySpec {
  const { legend, expr } = rateBy(label, counter, matchers);
  return { legend, expr: `${expr} > 0` };
}

/** Limits in a time series: nothing special below, a dashed line at each. */
export function limits(...lines: readonly (readonly [from: number, color: Color])[]): Threshold[] {
  return [{ from: null, color: 'transparent' }, ...lines.map(([from, color]) => ({ from, color }))];
}
