import { describe, expect, test } from 'vitest';
import { allOptions } from './support/all-options.ts';
import { minimalValues, ofKind, pick, render } from './support/render.ts';

describe('the number of receivers', () => {
  test('is the chart’s without an autoscaler, and never fought over with one', () => {
    expect(pick(render(minimalValues), 'Deployment').spec.replicas).toBe(2);
    const manifests = render(allOptions);
    expect(pick(manifests, 'Deployment', 'receiver').spec).not.toHaveProperty('replicas');
    expect(pick(manifests, 'HorizontalPodAutoscaler').spec).toMatchObject({
      scaleTargetRef: { kind: 'Deployment', name: 'events-comapi-webhook-receiver' },
      minReplicas: 3,
      metrics: [{ resource: { name: 'cpu', target: { type: 'AverageValue', averageValue: '700m' } } }],
    });
  });

  test('CPU has a request to scale by, and no limit that would throttle', () => {
    const [container] = pick(render(allOptions), 'Deployment', 'receiver').spec.template.spec.containers;
    expect(container.resources.requests.cpu).toBeDefined();
    expect(container.resources.limits.cpu).toBeUndefined();
  });
});

test('the autoscaler has annotations of its own', () => {
  const autoscaling = { enabled: true, annotations: { 'example.com/owner': 'messaging' } };
  expect(
    pick(render({ ...minimalValues, autoscaling }), 'HorizontalPodAutoscaler').metadata.annotations,
  ).toEqual(autoscaling.annotations);
});

describe('KEDA', () => {
  const autoscaling = {
    enabled: true,
    minReplicas: 3,
    keda: {
      enabled: true,
      pollingInterval: 15,
      cooldownPeriod: 0,
      fallback: { failureThreshold: 3, replicas: 6 },
      triggers: [{ type: 'cron', metadata: { desiredReplicas: '5' } }],
    },
  };
  const manifests = render({ ...minimalValues, autoscaling });

  test('scales the receiver by the same numbers instead of the autoscaler', () => {
    expect(pick(manifests, 'ScaledObject').spec).toEqual({
      scaleTargetRef: { name: pick(manifests, 'Deployment').metadata.name },
      minReplicaCount: 3,
      maxReplicaCount: 10,
      pollingInterval: 15,
      cooldownPeriod: 0,
      fallback: { failureThreshold: 3, replicas: 6 },
      advanced: {
        horizontalPodAutoscalerConfig: { behavior: { scaleDown: { stabilizationWindowSeconds: 300 } } },
      },
      triggers: [
        { type: 'cpu', metricType: 'AverageValue', metadata: { value: '700m' } },
        { type: 'cron', metadata: { desiredReplicas: '5' } },
      ],
    });
    expect(ofKind(manifests, 'HorizontalPodAutoscaler')).toEqual([]);
    expect(pick(manifests, 'Deployment').spec).not.toHaveProperty('replicas');
  });
});

describe('the disruption budget', () => {
  test('lets one receiver go at a time, and never protects a pod that is not ready', () => {
    expect(pick(render(minimalValues), 'PodDisruptionBudget').spec).toMatchObject({
      maxUnavailable: 1,
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
    });
  });

  test('can be a share that must stay', () => {
    const podDisruptionBudget = { maxUnavailable: null, minAvailable: '50%' };
    const { spec } = pick(render({ ...minimalValues, podDisruptionBudget }), 'PodDisruptionBudget');
    expect(spec.minAvailable).toBe('50%');
    expect(spec).not.toHaveProperty('maxUnavailable');
  });

  test('of the filter is its own', () => {
    const podDisruptionBudget = { maxUnavailable: '50%' };
    const manifests = render({ ...minimalValues, revisionFilter: { enabled: true, podDisruptionBudget } });
    const { metadata, spec } = pick(manifests, 'PodDisruptionBudget', 'filter');
    expect(metadata.name).toBe('events-comapi-webhook-receiver-filter');
    expect(spec.maxUnavailable).toBe('50%');
    expect(spec.selector).toEqual(pick(manifests, 'Deployment', 'filter').spec.selector);
    expect(pick(manifests, 'PodDisruptionBudget', 'receiver').spec.maxUnavailable).toBe(1);
  });
});

describe('pods', () => {
  test('spread over zones and nodes, each Deployment by itself', () => {
    const manifests = render(allOptions);
    for (const component of ['receiver', 'filter']) {
      const { selector, template } = pick(manifests, 'Deployment', component).spec;
      const constraints = template.spec.topologySpreadConstraints;
      expect(constraints.map(({ topologyKey }: { topologyKey: string }) => topologyKey)).toEqual([
        'topology.kubernetes.io/zone',
        'kubernetes.io/hostname',
      ]);
      for (const constraint of constraints) {
        expect(constraint.labelSelector).toEqual(selector);
      }
    }
  });

  test('keep a label selector of their own', () => {
    const own = {
      maxSkew: 2,
      topologyKey: 'rack',
      whenUnsatisfiable: 'DoNotSchedule',
      labelSelector: { a: 1 },
    };
    const values = { ...minimalValues, podSpec: { topologySpreadConstraints: [own] } };
    expect(pick(render(values), 'Deployment').spec.template.spec.topologySpreadConstraints).toEqual([own]);
  });
});
