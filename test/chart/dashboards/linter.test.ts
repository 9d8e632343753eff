import { describe, expect, test } from 'vitest';
import { filterDashboard } from '../../../charts/generate/dashboards/filter-dashboard.ts';
import { receiverDashboard } from '../../../charts/generate/dashboards/receiver-dashboard.ts';
import { toDashboard } from '../../../charts/generate/dashboards/to-dashboard.ts';
import { datasource } from '../../../charts/generate/dashboards/variables.ts';
import type { Manifest } from '../support/render.ts';

// The dashboard-linter rules about Prometheus, from https://github.com/grafana/dashboard-linter/tree/main/docs/rules.
describe.each([receiverDashboard, filterDashboard])('the JSON of "$title"', (spec) => {
  const dashboard: Manifest = JSON.parse(JSON.stringify(toDashboard(spec)));
  const variables: Manifest[] = dashboard.templating.list;

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

  test('All also matches series without an optional label', () => {
    for (const name of ['cluster', 'namespace']) {
      expect(variables.find((variable) => variable.name === name)).toMatchObject({ allValue: '.*' });
    }
  });

  test('template-label-promql-rule: each choice is of what was chosen before', () => {
    for (const [index, { query }] of variables.filter(({ type }) => type === 'query').entries()) {
      const before = ['cluster', 'namespace', 'job'].slice(0, index);
      for (const name of before) {
        expect(query.query).toContain(`${name}=~"$${name}"`);
      }
    }
  });
});
