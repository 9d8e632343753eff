import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { chartDirectory } from '../../charts/generate/chart-directory.ts';
import { allOptions } from './support/all-options.ts';
import { minimalValues, ofKind, pick, render, type Values } from './support/render.ts';

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
});

test('the autoscaler has the metrics and the behaviour of the values', () => {
  const metrics = [{ type: 'Pods', pods: { metric: { name: 'm' }, target: { type: 'Value', value: '1' } } }];
  const behavior = { scaleDown: { stabilizationWindowSeconds: 600 } };
  const autoscaling = { enabled: true, targetCPUAverageValue: null, metrics, behavior };
  expect(pick(render({ ...minimalValues, autoscaling }), 'HorizontalPodAutoscaler').spec).toMatchObject({
    metrics,
    behavior,
  });
});

test('the disruption budget lets one pod of each Deployment go at a time, and protects none that is not ready', () => {
  const manifests = render({ ...minimalValues, revisionFilter: { enabled: true } });
  for (const component of ['receiver', 'filter']) {
    const { metadata, spec } = pick(manifests, 'PodDisruptionBudget', component);
    const deployment = pick(manifests, 'Deployment', component);
    expect(metadata.name).toBe(deployment.metadata.name);
    expect(spec).toEqual({
      maxUnavailable: 1,
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
      selector: deployment.spec.selector,
    });
  }
  const budgets = (podDisruptionBudget: object) =>
    ofKind(render({ ...minimalValues, podDisruptionBudget }), 'PodDisruptionBudget');
  expect(budgets({ maxUnavailable: '50%' })[0].spec.maxUnavailable).toBe('50%');
  expect(budgets({ enabled: false })).toEqual([]);
});

test('KEDA scales what the receivers run as, by the object of the example, and no upgrade names a number', () => {
  const example: Values = parse(readFileSync(join(chartDirectory, 'examples', 'keda.yaml'), 'utf8'));
  for (const [kind, spool] of [
    ['Deployment', { enabled: false }],
    ['StatefulSet', { enabled: true }],
  ] as const) {
    const manifests = render({ ...minimalValues, ...example, spool });
    const { metadata, spec } = pick(manifests, kind);
    expect(spec).not.toHaveProperty('replicas');
    const target = pick(manifests, 'ScaledObject').spec.scaleTargetRef;
    expect(target).toEqual({ kind, name: metadata.name });
    expect(ofKind(manifests, 'HorizontalPodAutoscaler')).toEqual([]);
  }
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
