import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import { temporaryDirectory } from '../test-receiver.ts';
import { provideTool } from '../tools/provide-tool.ts';
import type { AlertExceptions, ProcessInState } from './provoked-state.ts';
import { emptyMinutes, toPromtoolSeries } from './scraped-series.ts';

const run = promisify(execFile);
const rulesFile = new URL('../../../charts/comapi-webhook-receiver/alerts/rules.yaml', import.meta.url)
  .pathname;
const hour = 60;
/** Readiness metric of a receiver that is deployed together with the filter. */
const besideFilter = {
  series: 'comapi_webhook_ready{job="receivers",namespace="messaging",instance="receiver-0"}',
  values: '1x10000',
};

/**
 * Evaluates the product's alerts on the metrics of a process in a given state, as if the state lasted. The firing
 * alerts must be exactly those that the status page names, both before the state and during it.
 */
export async function expectAlerts(
  { scene, goOn }: ProcessInState,
  { minutes = 30, minutesBefore = hour, alsoFiring = [], silent = [] }: AlertExceptions = {},
): Promise<void> {
  const first = await scene.scrape();
  await goOn?.();
  const { process, headline, otherProblems } = await scene.report();
  const named = [headline, ...otherProblems].map(({ alert }) => alert);
  const firing = [...named, ...alsoFiring].filter((name) => name !== undefined && !silent.includes(name));
  // For a week of samples, promtool takes too long with one sample per minute.
  const step = minutesBefore + minutes > 24 * hour ? 10 : 1;
  const series = toPromtoolSeries({
    ...{ before: scene.before, minutesBefore, during: [first, await scene.scrape()], minutes, step },
  });
  const hasBefore = scene.before.length > 0;
  const begin = emptyMinutes + (hasBefore ? minutesBefore : 0);
  const expectFiring = (minute: number, names: readonly (string | undefined)[]) => ({
    expr: 'group by (alertname) (ALERTS{alertstate="firing"})',
    eval_time: `${minute}m`,
    exp_samples: [...new Set(names)]
      .toSorted((one = '', other = '') => one.localeCompare(other))
      .map((name) => ({ labels: `{alertname="${name}"}`, value: 1 })),
  });
  const directory = temporaryDirectory();
  const file = join(directory, 'tests.yaml');
  const test = {
    interval: `${step}m`,
    input_series: process === 'filter' ? [...series, besideFilter] : series,
    promql_expr_test: [
      ...(hasBefore ? [expectFiring(begin - step, scene.alertsBefore)] : []),
      expectFiring(begin + minutes, firing),
    ],
  };
  writeFileSync(file, stringify({ rule_files: [rulesFile], evaluation_interval: `${step}m`, tests: [test] }));
  const { output } = await run(await provideTool('promtool'), ['test', 'rules', file], {
    maxBuffer: 16 * 1024 ** 2,
  }).then(
    ({ stdout }) => ({ output: stdout }),
    (error: { stdout: string; stderr: string }) => ({ output: error.stdout + error.stderr }),
  );
  if (!output.includes('SUCCESS')) {
    // The error contains the complete output, because a failed assertion would truncate the differences that promtool
    // lists.
    throw new Error(output);
  }
}
