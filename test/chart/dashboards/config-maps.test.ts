import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { chartDirectory } from '../../../charts/generate/chart-directory.ts';
import { filterDashboard } from '../../../charts/generate/dashboards/filter-dashboard.ts';
import { receiverDashboard } from '../../../charts/generate/dashboards/receiver-dashboard.ts';
import { allOptions } from '../support/all-options.ts';
import { type Manifest, minimalValues, ofKind, render, type Values } from '../support/render.ts';

interface Handed {
  /** Name of the ConfigMap. */
  readonly name: string;
  /** Name of the file that the sidecar writes. All releases share one directory, so it must be unique. */
  readonly file: string;
  readonly dashboard: Manifest;
}

/** Dashboards that a release with these values provides to Grafana's sidecar. */
function dashboardsOf(values: Values, release = 'events'): Handed[] {
  return ofKind(
    render({ ...minimalValues, grafanaDashboards: { enabled: true }, ...values }, { release }),
    'ConfigMap',
  )
    .filter(({ metadata }) => metadata.labels.grafana_dashboard)
    .flatMap(({ metadata, data }) =>
      Object.entries<string>(data).map(([file, json]) => ({
        name: metadata.name,
        file,
        dashboard: JSON.parse(json),
      })),
    );
}

test('the chart hands both to Grafana’s sidecar', () => {
  const handed = dashboardsOf({ ...allOptions, spool: { enabled: true } });
  expect(handed.map(({ dashboard }) => dashboard.title)).toEqual([
    `${receiverDashboard.title} (messaging/events)`,
    `${filterDashboard.title} (messaging/events)`,
  ]);
  expect(handed.map(({ dashboard }) => dashboard.panels.length)).toEqual(
    [receiverDashboard, filterDashboard].map(
      ({ rows }) => rows.length + rows.flatMap((row) => row.panels).length,
    ),
  );
});

test('without a spool, its row is omitted, and the rows below move up', () => {
  const rowsOf = (values: Values) => {
    const panels: Manifest[] = dashboardsOf(values)[0]?.dashboard.panels;
    const rows = panels.filter(({ type }) => type === 'row');
    const gaps = rows.slice(1).map(({ gridPos }, index) => {
      const between = panels.slice(panels.indexOf(rows[index]), panels.indexOf(rows[index + 1]));
      return gridPos.y - Math.max(...between.map((panel) => panel.gridPos.y + panel.gridPos.h));
    });
    expect(new Set(gaps)).toEqual(new Set([0]));
    return rows.map(({ title }) => title);
  };
  const all = receiverDashboard.rows.map(({ title }) => title);
  expect(rowsOf({ spool: { enabled: true } })).toEqual(all);
  expect(rowsOf({})).toEqual(all.filter((title) => title !== 'Spool'));
});

test('there is none of the filter without the filter', () => {
  expect(dashboardsOf({}).map(({ file }) => file)).toEqual([
    'messaging-events-comapi-webhook-receiver-receiver.json',
  ]);
});

test('two releases live side by side in one Grafana', () => {
  const both = [...dashboardsOf({ revisionFilter: { enabled: true } }, 'a'), ...dashboardsOf({}, 'b')];
  for (const values of [
    both.map(({ file }) => file),
    both.map(({ name }) => name),
    both.map(({ dashboard }) => dashboard.uid),
    both.map(({ dashboard }) => dashboard.title),
  ]) {
    expect(new Set(values).size).toBe(3);
  }
  // Grafana limits a uid to 40 characters.
  expect(both.filter(({ dashboard }) => dashboard.uid.length > 40)).toEqual([]);
});

test('in a namespace of their own their ConfigMaps say which one they are from', () => {
  const [handed] = dashboardsOf({ grafanaDashboards: { enabled: true, namespace: 'monitoring' } });
  expect(handed?.name).toBe('messaging-events-comapi-webhook-receiver-dashboard-receiver');
});

test('Grafana Operator finds each dashboard in its ConfigMap, by the objects of the example', () => {
  const example: Values = parse(
    readFileSync(join(chartDirectory, 'examples', 'grafana-operator.yaml'), 'utf8'),
  );
  const manifests = render({ ...minimalValues, ...example });
  const dashboards = ofKind(manifests, 'GrafanaDashboard');
  expect(dashboards).toHaveLength(2);
  for (const { spec } of dashboards) {
    const map = ofKind(manifests, 'ConfigMap').find((each) => each.metadata.name === spec.configMapRef.name);
    expect(JSON.parse(map.data[spec.configMapRef.key]).uid).toMatch(/^comapi-webhook-/);
  }
});

test('panels link to their runbook where it is published, and nowhere otherwise', () => {
  const linksOf = (runbookBaseUrl: string) =>
    dashboardsOf({ prometheusRule: { runbookBaseUrl } }).flatMap(({ dashboard }) =>
      dashboard.panels.flatMap(({ links = [] }: Manifest) => links.map(({ url }: Manifest) => url)),
    );
  expect(linksOf('')).toEqual([]);
  const links = linksOf('https://git.example.com/runbooks/');
  expect(links.length).toBeGreaterThan(10);
  for (const link of links) {
    expect(link).toMatch(/^https:\/\/git\.example\.com\/runbooks\/[a-z-]+\.md$/);
  }
});

test('the error budget is that of the alerts', () => {
  const [handed] = dashboardsOf({ prometheusRule: { objective: 0.995 } });
  const objective = handed?.dashboard.templating.list.find(({ name }: Manifest) => name === 'objective');
  expect(objective.query).toBe('0.995');
});
