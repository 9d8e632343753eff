import { stringify } from 'yaml';
import type { AlertCase } from './alert-cases.ts';

/** The cases as a file for `promtool test rules`. */
export function toPromtoolTests(
  rulesFile: string,
  cases: readonly AlertCase[],
  severities: Map<string, string>,
): string {
  return stringify({
    rule_files: [rulesFile],
    evaluation_interval: '1m',
    tests: cases.map(({ alert, what, series, at, fires }) => ({
      name: `${alert}: ${what}`,
      interval: '1m',
      input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
      promql_expr_test: [
        {
          expr: `ALERTS{alertname="${alert}",alertstate="firing"}`,
          eval_time: at,
          exp_samples:
            fires === undefined ? [] : [{ labels: toSelector(alert, fires, severities), value: 1 }],
        },
      ],
    })),
  });
}

function toSelector(
  alert: string,
  fires: Readonly<Record<string, string>>,
  severities: Map<string, string>,
): string {
  const labels = { alertname: alert, alertstate: 'firing', severity: severities.get(alert) ?? '', ...fires };
  return `ALERTS{${Object.entries(labels)
    .map(([name, value]) => `${name}="${value}"`)
    .join(',')}}`;
}
