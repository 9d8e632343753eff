import type { Color } from './colors.ts';

/** A panel of a dashboard, from which `toPanel` builds Grafana's JSON. */
export interface PanelSpec {
  readonly title: string;
  /** Text of the panel's tooltip: what it shows and how to read it. */
  readonly description: string;
  /** Grafana's id of a unit: https://github.com/grafana/grafana/blob/main/packages/grafana-data/src/valueFormats/categories.ts */
  readonly unit: string;
  /** A stat runs its query once, for the selected time range or the current time. The other kinds run it at each step. */
  readonly kind: 'stat' | 'timeseries' | 'state-timeline';
  readonly queries: readonly QuerySpec[];
  /** Colors of a stat's value. In a time series, each threshold is a dashed line. */
  readonly thresholds?: readonly Threshold[];
  /** Maps legends to fixed colors. Grafana picks the color of every other series by position. */
  readonly colors?: Readonly<Record<string, Color>>;
  /** Names and colors of the values that a state timeline shows. */
  readonly states?: readonly State[];
  /** Highest value of the axis. By default, Grafana fits the axis to the data. */
  readonly max?: number;
  readonly stacked?: boolean;
  /** Name of the runbook in docs/runbooks. */
  readonly runbook?: string;
}

export interface QuerySpec {
  readonly legend: string;
  /** PromQL. `SELECTOR` is replaced with the matchers of the dashboard's variables. */
  readonly expr: string;
}

export interface Threshold {
  /** Lowest value of the range, or `null` if the range has no lower bound. */
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
  /** A metric that every process of this kind exports. Its labels are the options of the dashboard's variables. */
  readonly presenceMetric: string;
  readonly rows: readonly RowSpec[];
}

/** Creates the query for a quantile of a histogram over all selected processes, split by a label if it is given. */
export function createQuantileQuery(quantile: number, histogram: string, label?: string): QuerySpec {
  const labels = label === undefined ? 'le' : `le, ${label}`;
  const rates = `sum by (${labels}) (rate(${histogram}_bucket{SELECTOR}[$__rate_interval]))`;
  const name = `p${quantile * 100}`;
  return {
    legend: label === undefined ? name : `${name} {{${label}}}`,
    expr: `histogram_quantile(${quantile}, ${rates})`,
  };
}

/** Creates the query for the rate of a counter over all selected processes, split by a label. `matchers` restrict the series. */
export function createRateQuery(label: string, counter: string, matchers = ''): QuerySpec {
  const selector = matchers === '' ? 'SELECTOR' : `SELECTOR,${matchers}`;
  return {
    legend: `{{${label}}}`,
    expr: `sum by (${label}) (rate(${counter}{${selector}}[$__rate_interval]))`,
  };
}

/** Like `createRateQuery`, but hides label values whose rate is 0, because most reasons never occur. */
export function createNonZeroRateQuery(label: string, counter: string, matchers = ''): QuerySpec {
  const { legend, expr } = createRateQuery(label, counter, matchers);
  return { legend, expr: `${expr} > 0` };
}

/** Creates thresholds of a time series that draw a dashed line at each value and leave the series' own colors. */
export function createThresholdLines(
  ...lines: readonly (readonly [value: number, color: Color])[]
): Threshold[] {
  return [{ from: null, color: 'transparent' }, ...lines.map(([value, color]) => ({ from: value, color }))];
}
