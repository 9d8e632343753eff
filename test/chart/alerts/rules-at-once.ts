import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { chartDirectory } from '../../../charts/generate/chart-directory.ts';
import { minimalValues, pick, render, type Values } from '../support/render.ts';

/** The chart's rules for targets with the job `receivers`, each alert without waiting. @param others values of some alerts */
export function rulesAtOnce(others: Values = {}): { readonly groups: readonly unknown[] } {
  const { alerts }: { alerts: Values } = parse(
    readFileSync(join(chartDirectory, 'values.yaml'), 'utf8'),
  ).prometheusRule;
  const atOnce = Object.fromEntries(Object.keys(alerts).map((name) => [name, { for: '0m' }]));
  const prometheusRule = {
    enabled: true,
    selector: 'job="receivers"',
    alerts: { ...atOnce, ...others },
  };
  return pick(render({ ...minimalValues, prometheusRule }), 'PrometheusRule').spec;
}
