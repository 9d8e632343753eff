import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { provideTool } from '../../support/tools/provide-tool.ts';
import { allOptions } from '../support/all-options.ts';
import { chartDirectory } from '../support/chart-directory.ts';
import { type Manifest, minimalValues, pick, render } from '../support/render.ts';
import { alertCases } from './alert-cases.ts';
import { toPromtoolTests } from './to-promtool-tests.ts';

const rulesFile = join(chartDirectory, 'alerts/rules.yaml');
const runbooks = new URL('../../../docs/runbooks/', import.meta.url).pathname;
const { groups }: { groups: { name: string; rules: Manifest[] }[] } = parse(readFileSync(rulesFile, 'utf8'));
const rules = groups.flatMap((group) => group.rules);
let directory: string;
let executable: string;

beforeAll(async () => {
  executable = await provideTool('promtool');
  directory = mkdtempSync(join(tmpdir(), 'alerts-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

describe('alerts', () => {
  test('promtool finds nothing wrong', () => {
    expect(promtool('check', 'rules', '--lint=all', '--lint-fatal', rulesFile).status).toBe(0);
  });

  test('each one fires when it should and stays silent when it should', () => {
    const severities = new Map(rules.map((rule) => [rule.alert, rule.labels.severity]));
    const file = join(directory, 'tests.yaml');
    writeFileSync(file, toPromtoolTests(rulesFile, alertCases, severities));
    const { status, output } = promtool('test', 'rules', file);
    expect(output).toContain('SUCCESS');
    expect(status).toBe(0);
  });

  test.each(rules.map((rule) => rule.alert))('%s is tested firing and not firing', (alert) => {
    const fires = alertCases.filter((each) => each.alert === alert).map((each) => each.fires !== undefined);
    expect(new Set(fires)).toEqual(new Set([true, false]));
  });

  test('the text says what share of the provider’s 24 h is left', () => {
    const file = join(directory, 'text.yaml');
    const since = 'comapi_webhook_sink_unavailable_since_timestamp_seconds{namespace="n",job="j"}';
    const { annotations, labels } = rules.find(
      (rule) => rule.alert === 'ComapiWebhookStoreUnavailableForHours',
    );
    const fill = (text: string) =>
      text
        .replaceAll('{{ $value | humanizePercentage }}', '50%')
        .replaceAll('{{ $labels.job }}', 'j')
        .replaceAll('{{ $labels.namespace }}', 'n');
    writeFileSync(
      file,
      stringify({
        rule_files: [rulesFile],
        tests: [
          {
            interval: '1m',
            input_series: [{ series: since, values: '0 60x800' }],
            alert_rule_test: [
              {
                alertname: 'ComapiWebhookStoreUnavailableForHours',
                eval_time: '721m',
                exp_alerts: [
                  {
                    exp_labels: { ...labels, namespace: 'n', job: 'j' },
                    exp_annotations: Object.fromEntries(
                      Object.entries<string>(annotations).map(([name, text]) => [name, fill(text)]),
                    ),
                  },
                ],
              },
            ],
          },
        ],
      }),
    );
    expect(promtool('test', 'rules', file).output).toContain('SUCCESS');
  });

  test.each(rules)('$alert names a runbook that explains it', ({ alert, annotations }) => {
    const file = join(runbooks, annotations.runbook_url);
    expect(existsSync(file), file).toBe(true);
    expect(readFileSync(file, 'utf8')).toContain(alert);
  });
});

describe('the PrometheusRule', () => {
  const rule = pick(render(allOptions), 'PrometheusRule');
  const rendered: Manifest[] = rule.spec.groups.flatMap((group: Manifest) => group.rules);

  test('is made of the same alerts, for this release alone', () => {
    expect(rendered.map(({ alert }) => alert)).toEqual(rules.map(({ alert }) => alert));
    const own = 'job=~"events-comapi-webhook-receiver-(receiver|filter)-metrics",namespace="messaging"';
    expect(rendered.map(({ expr }) => expr)).toEqual(
      rules.map(({ expr }) => expr.replaceAll('job=~".+"', own)),
    );
    const file = join(directory, 'rendered.yaml');
    writeFileSync(file, stringify(rule.spec));
    expect(promtool('check', 'rules', file).status).toBe(0);
  });

  test('selects each metric by the release: none is left without the matcher', () => {
    for (const { alert, expr } of rendered) {
      const selectors = expr.match(/comapi_webhook_[a-z_]+(\{[^}]*\})?/g);
      expect({
        alert,
        bare: selectors.filter((each: string) => !each.includes('namespace="messaging"')),
      }).toEqual({
        alert,
        bare: [],
      });
    }
  });

  test('carries labels for routing and links to the runbooks', () => {
    for (const { labels, annotations } of rendered) {
      expect(labels).toMatchObject({
        team: 'messaging',
        severity: expect.stringMatching(/critical|warning|info/),
      });
      expect(annotations.runbook_url).toMatch(/^docs\/runbooks\/[a-z-]+\.md$/);
    }
  });

  test('leaves out what is not wanted', () => {
    const prometheusRule = { enabled: true, disabledAlerts: ['ComapiWebhookAbsent'] };
    const { spec } = pick(render({ ...minimalValues, prometheusRule }), 'PrometheusRule');
    const fewer: Manifest[] = spec.groups.flatMap((group: Manifest) => group.rules);
    expect(fewer).toHaveLength(rules.length - 1);
    expect(JSON.stringify(fewer)).not.toContain('ComapiWebhookAbsent');
  });
});

function promtool(...args: string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(executable, args, { encoding: 'utf8' });
  return { status, output: `${stdout}${stderr}` };
}
