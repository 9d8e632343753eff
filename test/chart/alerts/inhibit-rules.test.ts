import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { readAlertDefaults } from '../../../charts/generate/alert-defaults.ts';
import { provideTool } from '../../support/tools/provide-tool.ts';

interface InhibitRule {
  readonly source_matchers: readonly string[];
  readonly target_matchers: readonly string[];
}

const file = new URL('../../../docs/prometheus/alertmanager.yaml', import.meta.url).pathname;
const { inhibit_rules: rules }: { inhibit_rules: InhibitRule[] } = parse(readFileSync(file, 'utf8'));
const alerts = readAlertDefaults();
const sources = rules.flatMap((rule) => namesIn(rule.source_matchers));
const targets = rules.flatMap((rule) => namesIn(rule.target_matchers));

test('Alertmanager takes the example', async () => {
  const { status, stdout, stderr } = spawnSync(await provideTool('amtool'), ['check-config', file], {
    encoding: 'utf8',
  });
  expect({ status, said: stdout + stderr }).toMatchObject({
    status: 0,
    said: expect.stringContaining(`${rules.length} inhibit rules`),
  });
});

test('every alert that it names is one of the chart’s', () => {
  expect(sources.length).toBeGreaterThanOrEqual(rules.length);
  expect(targets.length).toBeGreaterThanOrEqual(rules.length);
  const known = Object.keys(alerts);
  expect([...sources, ...targets].filter((name) => !known.includes(name))).toEqual([]);
});

test('no page is kept quiet, whatever severities the values give, and nothing that keeps others quiet', () => {
  for (const { target_matchers: matchers } of rules) {
    expect(matchers).toContain('severity!="critical"');
  }
  expect(targets.filter((name) => alerts[name]?.severity === 'critical')).toEqual([]);
  expect(targets.filter((name) => sources.includes(name))).toEqual([]);
});

/** Lists the alerts that a matcher names. For example, `alertname=~"A(B|C)"` names AB and AC. */
function namesIn(matchers: readonly string[]): string[] {
  return matchers.flatMap((matcher) => {
    const [, prefix, all = ''] = /^alertname=~?"(\w+)(?:\(([\w|]+)\))?"$/.exec(matcher) ?? [];
    return prefix === undefined ? [] : all.split('|').map((rest) => prefix + rest);
  });
}
