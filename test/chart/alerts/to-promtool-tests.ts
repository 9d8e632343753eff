import { stringify } from 'yaml';
import type { AlertCase } from './cases/alert-case.ts';

interface JudgedRule {
  readonly alert: string;
  readonly labels: { readonly severity: string };
}

/** The cases of a rule as a file for `promtool test rules`; all of one interval, which is that of the evaluation as well. */
export function toPromtoolTests(
  rulesFile: string,
  { alert, labels: { severity } }: JudgedRule,
  cases: readonly AlertCase[],
): string {
  return stringify({
    rule_files: [rulesFile],
    evaluation_interval: cases[0]?.interval ?? '1m',
    tests: cases.map(({ what, series, interval = '1m', at, fires }) => ({
      name: `${alert}: ${what}`,
      interval,
      input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
      promql_expr_test: [
        {
          expr: toExpr(alert, at, fires),
          eval_time: at,
          exp_samples:
            typeof fires === 'object' ? [{ labels: toSelector(alert, fires, severity), value: 1 }] : [],
        },
      ],
    })),
  });
}

function toExpr(alert: string, at: string, fires: AlertCase['fires']): string {
  const firing = `ALERTS{alertname="${alert}",alertstate="firing"}`;
  return fires === 'never' ? `max_over_time(${firing}[${at}])` : firing;
}

function toSelector(alert: string, fires: Readonly<Record<string, string>>, severity: string): string {
  const labels = { alertname: alert, alertstate: 'firing', severity, ...fires };
  return `ALERTS{${Object.entries(labels)
    .map(([name, value]) => `${name}="${value}"`)
    .join(',')}}`;
}
