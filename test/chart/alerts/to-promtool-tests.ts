import { stringify } from 'yaml';
import type { AlertCase } from './cases/alert-case.ts';

interface JudgedRule {
  readonly alert: string;
  readonly labels: { readonly severity: string };
}

/**
 * Converts the test cases of a rule to a file for `promtool test rules`. All cases share one interval, at which the
 * rules are also evaluated.
 */
export function toPromtoolTests(
  rulesFile: string,
  { alert, labels: { severity } }: JudgedRule,
  cases: readonly AlertCase[],
): string {
  return stringify({
    rule_files: [rulesFile],
    evaluation_interval: cases[0]?.interval ?? '1m',
    tests: cases.map((each) => ({
      name: `${alert}: ${each.what}`,
      interval: each.interval ?? '1m',
      input_series: Object.entries(each.series).map(([name, values]) => ({ series: name, values })),
      promql_expr_test: [toExpression(each)],
    })),
  });

  function toExpression(each: AlertCase) {
    const firing = `ALERTS{alertname="${alert}",alertstate="firing"}`;
    if ('silentUntil' in each) {
      const { silentUntil: until } = each;
      return { expr: `max_over_time(${firing}[${until}])`, eval_time: until, exp_samples: [] };
    }
    const { at, fires } = each;
    const samples = fires === undefined ? [] : [{ labels: toSelector(alert, fires, severity), value: 1 }];
    return { expr: firing, eval_time: at, exp_samples: samples };
  }
}

function toSelector(alert: string, fires: Readonly<Record<string, string>>, severity: string): string {
  const labels = { alertname: alert, alertstate: 'firing', severity, ...fires };
  return `ALERTS{${Object.entries(labels)
    .map(([name, value]) => `${name}="${value}"`)
    .join(',')}}`;
}
