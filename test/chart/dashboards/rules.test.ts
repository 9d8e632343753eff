import { describe, expect, test } from 'vitest';
import { filterDashboard } from '../generate/dashboards/filter-dashboard.ts';
import { receiverDashboard } from '../generate/dashboards/receiver-dashboard.ts';
import { toDashboard } from '../generate/dashboards/to-dashboard.ts';
import { allOptions } from '../support/all-options.ts';
import { ofKind, render } from '../support/render.ts';

describe.each([receiverDashboard, filterDashboard])('the dashboard "$title"', (spec) => {
  const panels = spec.rows.flatMap((row) => row.panels);
  const exprs = panels.flatMap((panel) => panel.queries.map((query) => query.expr));

  test('explains every panel, gives it a unit, and draws nothing twice', () => {
    for (const { title, description, unit, queries } of panels) {
      expect(description, title).toMatch(/^[^ ].{20,}\.$/);
      expect(unit, title).not.toBe('');
      expect(queries, title).not.toEqual([]);
    }
    expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length);
  });

  test('narrows every metric down by the variables', () => {
    for (const expr of exprs) {
      const metrics = expr.match(/\b(comapi_webhook|process|nodejs)_[a-z0-9_]+/g) ?? [];
      expect(metrics.length, expr).toBeGreaterThan(0);
      expect(expr.match(/\{SELECTOR/g), expr).toHaveLength(metrics.length);
    }
  });

  test('shows counters as rates over the interval that Grafana chooses', () => {
    for (const expr of exprs) {
      for (const [, range] of expr.matchAll(/\}\[([^\]]+)\]/g)) {
        expect(range, expr).toBe('$__rate_interval');
      }
      const counters = expr.match(/[a-z_]+_(total|bucket)\{[^}]*\}(.?)/g) ?? [];
      const bare = counters.filter((counter) => !counter.endsWith('['));
      // The ledger compares two counters as they are: that is what it is.
      expect(
        bare.every((counter) => counter.startsWith('comapi_webhook_events_')),
        expr,
      ).toBe(true);
    }
  });

  test('offers data source, namespace, job and instance', () => {
    const names = toDashboard(spec).templating?.list?.map((variable) => variable.name);
    expect(names).toEqual(['datasource', 'namespace', 'job', 'instance']);
  });
});

test('the chart hands both to Grafana’s sidecar', () => {
  const maps = ofKind(render(allOptions), 'ConfigMap').filter(
    ({ metadata }) => metadata.labels.grafana_dashboard,
  );
  const titles = maps.flatMap(({ data }) =>
    Object.values<string>(data).map((json) => JSON.parse(json).title),
  );
  expect(new Set(titles)).toEqual(new Set([receiverDashboard.title, filterDashboard.title]));
});
