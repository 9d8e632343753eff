import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { stringify } from 'yaml';
import { chartDirectory } from '../../../charts/generate/chart-directory.ts';
import { plainRules } from '../../../charts/generate/plain-rules.ts';
import { provideTool } from '../../support/tools/provide-tool.ts';
import { type Manifest, minimalValues, pick, render } from '../support/render.ts';
import { type AlertCase, type AlertCases, labels as ofJob, pod } from './cases/alert-case.ts';
import { canaryCases } from './cases/canary-cases.ts';
import { deliveryCases } from './cases/delivery-cases.ts';
import { filterCases } from './cases/filter-cases.ts';
import { podCases } from './cases/pod-cases.ts';
import { reconcileCases } from './cases/reconcile-cases.ts';
import { secretCases } from './cases/secret-cases.ts';
import { silenceCases } from './cases/silence-cases.ts';
import { spoolCases } from './cases/spool-cases.ts';
import { storeCases } from './cases/store-cases.ts';
import { toPromtoolTests } from './to-promtool-tests.ts';

const root = new URL('../../..', import.meta.url).pathname;
const alertCases: AlertCases = {
  ...deliveryCases,
  ...silenceCases,
  ...canaryCases,
  ...reconcileCases,
  ...secretCases,
  ...storeCases,
  ...spoolCases,
  ...podCases,
  ...filterCases,
};
const { spec } = pick(
  render({
    ...minimalValues,
    webhooks: [{ existingSecret: 'signing', alertAfterSilentMinutes: 360 }],
    revisionFilter: { enabled: true },
    publicUrl: 'https://events.example.com',
    canary: { enabled: true },
    registration: { existingSecret: 'provider-api' },
    reconcile: { enabled: true },
    spool: { enabled: true },
    prometheusRule: { enabled: true, selector: 'job=~".+"' },
  }),
  'PrometheusRule',
);
const rules: Manifest[] = spec.groups.flatMap((group: Manifest) => group.rules);
const alerts = rules.filter(({ alert }) => alert !== undefined);
let directory: string;
let rulesFile: string;
let executable: string;

beforeAll(async () => {
  executable = await provideTool('promtool');
  directory = mkdtempSync(join(tmpdir(), 'alerts-'));
  rulesFile = join(directory, 'rules.yaml');
  writeFileSync(rulesFile, stringify(spec));
});
afterAll(() => rmSync(directory, { recursive: true }));

test('promtool finds nothing wrong', () => {
  const { status, output } = promtool('check', 'rules', '--lint=all', '--lint-fatal', rulesFile);
  expect({ status, output }).toMatchObject({ status: 0 });
});

test('the file for a Prometheus without its operator is what the chart renders by default', () => {
  const file = join(chartDirectory, 'alerts/rules.yaml');
  expect(readFileSync(file, 'utf8')).toBe(plainRules(inject('helm')[4]));
  expect(promtool('check', 'rules', '--lint=all', '--lint-fatal', file)).toMatchObject({ status: 0 });
});

test.each(alerts)('$alert fires when it should and stays silent when it should', (rule) => {
  const { alert } = rule;
  const cases = alertCases[alert] ?? [];
  const fires = cases.map((each) => 'fires' in each && each.fires !== undefined);
  expect(new Set(fires)).toEqual(new Set([true, false]));
  const needed = writeNeeded(alert);
  for (const [interval, some] of Map.groupBy(cases, (each) => each.interval ?? '1m')) {
    const file = join(directory, `${alert}-${interval}.yaml`);
    writeFileSync(file, toPromtoolTests(needed, rule, some));
    const { status, output } = promtool('test', 'rules', file);
    expect(output).toContain('SUCCESS');
    expect(status).toBe(0);
  }
});

test('a pod that has never answered is seen by what the chart selects by itself', () => {
  const values = {
    ...minimalValues,
    fullnameOverride: 'events',
    monitor: { kind: 'ServiceMonitor' },
    networkPolicy: { enabled: false },
    prometheusRule: { enabled: true },
  };
  const [rule] = pick(render(values), 'PrometheusRule')
    .spec.groups.flatMap((group: Manifest) => group.rules)
    .filter(({ alert }: Manifest) => alert === 'ComapiWebhookPodDown');
  const ownRules = join(directory, 'own.yaml');
  writeFileSync(ownRules, stringify({ groups: [{ name: 'own', rules: [rule] }] }));
  const stuck: AlertCase = {
    what: 'the new pod of a roll-out never answers',
    series: {
      [`up{${pod('old')}}`]: '1x60',
      [`up{${pod('new')}}`]: '_x10 0x50',
      'up{job="database",instance="x"}': '0x60',
    },
    at: '40m',
    fires: { ...ofJob, instance: 'new' },
  };
  const file = join(directory, 'own-tests.yaml');
  writeFileSync(file, toPromtoolTests(ownRules, rule, [stuck]));
  expect(promtool('test', 'rules', file).output).toContain('SUCCESS');
});

describe.each(alerts)('$alert', ({ alert, expr, annotations }) => {
  test('names a runbook that explains it', () => {
    const file = join(root, annotations.runbook);
    expect(existsSync(file), file).toBe(true);
    expect(readFileSync(file, 'utf8')).toContain(alert);
  });

  test('has nothing left to fill in', () => {
    expect(`${expr}${JSON.stringify(annotations)}`).not.toMatch(/SELECTOR|BY|PROBE|\$\[|no value/);
  });

  test('keeps clusters apart', () => {
    // An expression without aggregation keeps every label, so only aggregations and joins must name the cluster. The
    // exception is absent(), which returns no labels.
    const byCluster = [...expr.matchAll(/\b(?:by|on) \(([^)]*)\)/g)].map(([, labels]) => labels);
    expect(byCluster.filter((labels) => !labels?.startsWith('cluster, namespace, job'))).toEqual([]);
  });
});

/**
 * Writes a rule file with the alert and the recording rules that the alert needs. Evaluating all rules over days would
 * take minutes.
 */
function writeNeeded(alert: string): string {
  const file = join(directory, `${alert}.yaml`);
  const rule = alerts.find((each) => each.alert === alert);
  // Recording rules come first. The order is not critical, because Prometheus looks back for five minutes, so a rule
  // may also read an older sample.
  const needed = [...neededBy(rule), rule];
  writeFileSync(file, stringify({ groups: [{ name: 'needed', rules: needed }] }));
  return file;
}

/** Recording rules that an alerting rule needs, directly or indirectly, in the order of the chart. */
function neededBy({ expr, record: own }: Manifest): Manifest[] {
  const direct = rules.filter(({ record }) => record !== own && expr.includes(`${record}{`));
  const all = new Set(direct.flatMap((each) => [...neededBy(each), each]));
  return rules.filter((each) => all.has(each));
}

function promtool(...args: string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(executable, args, { encoding: 'utf8' });
  return { status, output: `${stdout}${stderr}` };
}
