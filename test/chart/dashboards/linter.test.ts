import { describe, expect, test } from 'vitest';
import { filterDashboard } from '../../../charts/generate/dashboards/filter-dashboard.ts';
import { receiverDashboard } from '../../../charts/generate/dashboards/receiver-dashboard.ts';
import { toDashboard } from '../../../charts/generate/dashboards/to-dashboard.ts';
import { datasource } from '../../../charts/generate/dashboards/variables.ts';
import type { Manifest } from '../support/render.ts';

// The rules of https://github.com/grafana/dashboard-linter/tree/main/docs/rules that are about Prometheus.
describe.each([receiverDashboard, filterDashboard])('the JSON of "$title"', (spec) => {
  const dashboard: Manifest = JSON.parse(JSON.stringify(toDashboard(spec)));
  const variables: Manifest[] = dashboard.templating.list;
  const panels: Manifest[] = dashboard.panels.filter(({ type }: Manifest) => type !== 'row');
  const targets: Manifest[] = panels.flatMap((panel) => panel.targets);

  test('template-datasource-rule: the first variable chooses the Prometheus', () => {
    expect(variables[0]).toMatchObject({
      name: 'datasource',
      label: 'Data source',
      type: 'datasource',
      query: 'prometheus',
    });
  });

  test.each(['job', 'instance'])('template-%s-rule: it can be chosen, several or all', (name) => {
    expect(variables.find((variable) => variable.name === name)).toMatchObject({
      label: name === 'job' ? 'Job' : 'Instance',
      type: 'query',
      datasource,
      multi: true,
      includeAll: true,
      allValue: '.+',
    });
  });

  test('a label that need not be there is not asked for by All', () => {
    for (const name of ['cluster', 'namespace']) {
      expect(variables.find((variable) => variable.name === name)).toMatchObject({ allValue: '.*' });
    }
  });

  test('template-on-time-change-reload-rule: choices follow the time range', () => {
    const queries = variables.filter(({ type }) => type === 'query');
    expect(queries.map(({ name, refresh }) => ({ name, refresh }))).toEqual(
      ['cluster', 'namespace', 'job', 'instance'].map((name) => ({ name, refresh: 2 })),
    );
  });

  test('template-label-promql-rule: each choice is of what was chosen before', () => {
    for (const [index, { query }] of variables.filter(({ type }) => type === 'query').entries()) {
      const before = ['cluster', 'namespace', 'job'].slice(0, index);
      for (const name of before) {
        expect(query.query).toContain(`${name}=~"$${name}"`);
      }
    }
  });

  test('panel-datasource-rule, panel-title-description-rule, panel-units-rule, panel-no-targets-rule', () => {
    for (const panel of panels) {
      expect(panel).toMatchObject({
        title: expect.stringMatching(/./),
        description: expect.stringMatching(/.{20,}/),
        fieldConfig: { defaults: { unit: expect.stringMatching(/./) } },
        datasource,
      });
      expect(panel.targets, panel.title).not.toEqual([]);
    }
  });

  test('target-counter-agg-rule: no counter is added up before its rate is taken', () => {
    for (const { expr } of targets) {
      expect(expr).not.toContain('SELECTOR');
      expect(expr).not.toMatch(/(rate|increase)\(\s*(sum|max|min|avg)\b/);
    }
  });

  test('a stat is asked once, the others over time', () => {
    for (const { type, targets: queries } of panels) {
      for (const { instant, range } of queries) {
        expect({ instant: instant === true, range: range === true }).toEqual({
          instant: type === 'stat',
          range: type !== 'stat',
        });
      }
    }
  });

  test('uneditable-dashboard-rule; one crosshair for all panels', () => {
    expect(dashboard).toMatchObject({ editable: false, graphTooltip: 1 });
  });

  test('starts and versions are marked in every panel', () => {
    expect(dashboard.annotations.list.map(({ name }: Manifest) => name)).toEqual(['Starts', 'Versions']);
  });
});
