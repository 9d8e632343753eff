import { describe, expect, test } from 'vitest';
import { allOptions } from './support/all-options.ts';
import { minimalValues, pick, render } from './support/render.ts';

describe('the number of receivers', () => {
  test('is the chart’s without an autoscaler, and never fought over with one', () => {
    expect(pick(render(minimalValues), 'Deployment').spec.replicas).toBe(2);
    const manifests = render(allOptions);
    expect(pick(manifests, 'Deployment', 'receiver').spec).not.toHaveProperty('replicas');
    expect(pick(manifests, 'HorizontalPodAutoscaler').spec).toMatchObject({
      scaleTargetRef: { kind: 'Deployment', name: 'events-comapi-webhook-receiver' },
      minReplicas: 3,
      metrics: [{ resource: { name: 'cpu', target: { averageUtilization: 70 } } }],
    });
  });

  test('CPU has a request to scale by, and no limit that would throttle', () => {
    const [container] = pick(render(allOptions), 'Deployment', 'receiver').spec.template.spec.containers;
    expect(container.resources.requests.cpu).toBeDefined();
    expect(container.resources.limits.cpu).toBeUndefined();
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
    const values = { ...minimalValues, topologySpreadConstraints: [own] };
    expect(pick(render(values), 'Deployment').spec.template.spec.topologySpreadConstraints).toEqual([own]);
  });
});
