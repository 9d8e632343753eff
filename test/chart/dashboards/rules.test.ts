import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { filterDashboard } from '../../../charts/generate/dashboards/filter-dashboard.ts';
import { receiverDashboard } from '../../../charts/generate/dashboards/receiver-dashboard.ts';

describe.each([receiverDashboard, filterDashboard])('the dashboard "$title"', (spec) => {
  const panels = spec.rows.flatMap((row) => row.panels);
  const exprs = panels.flatMap((panel) => panel.queries.map((query) => query.expr));

  test('draws nothing twice', () => {
    expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length);
  });

  test('narrows every metric down by the variables', () => {
    for (const expr of exprs) {
      const metrics = expr.match(/\b(comapi_webhook|process|nodejs)_[a-z0-9_]+/g) ?? [];
      expect(metrics.length, expr).toBeGreaterThan(0);
      const recorded = expr.match(/(?:job|webhook):comapi_webhook_[a-z_:]+\{cluster=~"\$cluster",/g) ?? [];
      expect((expr.match(/\{SELECTOR/g) ?? []).length + recorded.length, expr).toBe(metrics.length);
    }
  });

  test('shows counters as rates over the interval that Grafana chooses, a stat over the chosen time', () => {
    for (const { kind, queries } of panels) {
      for (const { expr } of queries) {
        const ranges = [...expr.matchAll(/\}\[([^\]]+)\]/g)].map(([, range]) => range);
        // The error budget always covers 30 days, regardless of the selected time range.
        const allowed = kind === 'stat' ? ['$__range', '30d'] : ['$__rate_interval'];
        expect(allowed, expr).toEqual(expect.arrayContaining(ranges));
        const counters = expr.match(/[a-z_]+_(total|bucket)\{[^}]*\}(.?)/g) ?? [];
        const bare = counters.filter((counter) => !counter.endsWith('['));
        // The ledger panel compares the totals of counters, not their rates.
        expect(
          bare.every((counter) => counter.startsWith('comapi_webhook_events_')),
          expr,
        ).toBe(true);
      }
    }
  });

  test('names a runbook that exists', () => {
    const runbooks = panels.flatMap(({ runbook }) => (runbook === undefined ? [] : [runbook]));
    expect(runbooks).not.toEqual([]);
    for (const runbook of runbooks) {
      expect(existsSync(new URL(`../../../docs/runbooks/${runbook}`, import.meta.url)), runbook).toBe(true);
    }
  });

  test('gives every state a name and a colour, and draws no state as a line', () => {
    for (const { title, kind, states, queries } of panels) {
      const isState = queries.some(({ expr }) => /_(state|durability|usable|ready)\{/.test(expr));
      expect({ title, kind }).toEqual({ title, kind: isState && kind !== 'stat' ? 'state-timeline' : kind });
      expect(states !== undefined, title).toBe(kind === 'state-timeline');
    }
  });
});
