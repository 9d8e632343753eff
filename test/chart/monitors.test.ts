import { describe, expect, test } from 'vitest';
import { minimalValues, pick, render } from './support/render.ts';

const networkPolicy = { enabled: false };
const options = {
  enabled: true,
  namespace: 'monitoring',
  labels: { release: 'stack' },
  annotations: { a: 'b' },
  podTargetLabels: ['team'],
  sampleLimit: 5000,
  relabelings: [{ targetLabel: 'x', replacement: 'y' }],
  metricRelabelings: [{ action: 'drop', regex: 'z', sourceLabels: ['__name__'] }],
};

describe.each([
  ['ServiceMonitor', 'serviceMonitor', { targetLabels: ['team'] }],
  ['PodMonitor', 'podMonitor', {}],
])('a %s', (kind, value, more) => {
  const manifests = render({ ...minimalValues, networkPolicy, [value]: { ...options, ...more } });
  const { metadata, spec } = pick(manifests, kind);

  test('can be in another namespace, under a name that is of this release alone', () => {
    expect(metadata).toMatchObject({
      name: 'messaging-events-comapi-webhook-receiver',
      namespace: 'monitoring',
      labels: { release: 'stack' },
      annotations: { a: 'b' },
    });
    expect(spec.namespaceSelector).toEqual({ matchNames: ['messaging'] });
    const { metadata: own, spec: ownSpec } = pick(
      render({ ...minimalValues, networkPolicy, [value]: { enabled: true } }),
      kind,
    );
    expect(own).toMatchObject({ name: 'events-comapi-webhook-receiver', namespace: 'messaging' });
    expect(ownSpec.namespaceSelector).toBeUndefined();
  });

  test('has the labels, the limit and the relabelling of the values', () => {
    const { podTargetLabels, sampleLimit, relabelings, metricRelabelings } = options;
    expect(spec).toMatchObject({ podTargetLabels, sampleLimit, ...more });
    const [endpoint] = spec.endpoints ?? spec.podMetricsEndpoints;
    expect(endpoint.relabelings).toEqual(expect.arrayContaining(relabelings));
    expect(endpoint.metricRelabelings).toEqual(metricRelabelings);
  });
});

describe('a PodMonitor', () => {
  const manifests = render({
    ...minimalValues,
    networkPolicy,
    podMonitor: { enabled: true },
    prometheusRule: { enabled: true },
  });
  const { spec } = pick(manifests, 'PodMonitor');

  test('selects receiver and filter, never the pod of a job', () => {
    expect(spec.selector.matchExpressions).toEqual([
      { key: 'app.kubernetes.io/component', operator: 'In', values: ['receiver', 'filter'] },
    ]);
  });

  test('gives the targets the job that the alerts select', () => {
    const [relabeling] = spec.podMetricsEndpoints[0].relabelings;
    expect(relabeling.targetLabel).toBe('job');
    const job = relabeling.replacement.replace('$1', 'receiver');
    const service = pick(manifests, 'Service', 'receiver', ({ spec: { clusterIP } }) => clusterIP === 'None');
    // The Prometheus operator takes the Service's name for the job of a ServiceMonitor.
    expect(job).toBe(service.metadata.name);
    const { expr } = pick(manifests, 'PrometheusRule').spec.groups[0].rules[0];
    const [, pattern] = /job=~"([^"]+)"/.exec(expr) ?? [];
    expect(job).toMatch(new RegExp(`^${pattern}$`));
  });
});
