import { describe, expect, test } from 'vitest';
import { minimalValues, pick, render } from './support/render.ts';

const networkPolicy = { enabled: false };

describe.each(['ServiceMonitor', 'PodMonitor'])('a %s', (kind) => {
  const specOf = (monitor: object) =>
    pick(render({ ...minimalValues, networkPolicy, monitor: { kind, ...monitor } }), kind);

  test('can be in another namespace, under a name that is of this release alone', () => {
    const { metadata, spec } = specOf({ namespace: 'monitoring', labels: { release: 'stack' } });
    expect(metadata).toMatchObject({
      name: 'messaging-events-comapi-webhook-receiver',
      namespace: 'monitoring',
      labels: { release: 'stack' },
    });
    expect(spec.namespaceSelector).toEqual({ matchNames: ['messaging'] });
    const own = specOf({});
    expect(own.metadata).toMatchObject({ name: 'events-comapi-webhook-receiver', namespace: 'messaging' });
    expect(own.spec.namespaceSelector).toBeUndefined();
  });
});

describe('a PodMonitor', () => {
  const manifests = render({
    ...minimalValues,
    networkPolicy,
    monitor: { kind: 'PodMonitor' },
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
    // The Prometheus operator uses the name of the Service as the job label for a ServiceMonitor.
    expect(job).toBe(service.metadata.name);
    const { expr } = pick(manifests, 'PrometheusRule').spec.groups[0].rules[0];
    const [, pattern] = /job=~"([^"]+)"/.exec(expr) ?? [];
    expect(job).toMatch(new RegExp(`^${pattern}$`));
  });
});
