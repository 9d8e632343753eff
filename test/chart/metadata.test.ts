import { expect, test } from 'vitest';
import { allOptions } from './support/all-options.ts';
import { ofKind, pick, render, type Values } from './support/render.ts';

const operators: Values = {
  ...allOptions,
  topics: { strimzi: { cluster: 'c', namespace: 'kafka' } },
  tls: { issuerRef: { name: 'i' } },
  spool: { enabled: true },
  monitor: { kind: 'PodMonitor' },
  grafanaDashboards: { enabled: true },
};

test.each([
  ['every option', allOptions],
  ['every operator', operators],
])('common labels and annotations are on each object with %s', (_, values) => {
  const commonLabels = { team: 'messaging' };
  const commonAnnotations = { 'example.com/cost-centre': '4711' };
  const manifests = render({ ...values, commonLabels, commonAnnotations, extraObjects: [] });
  expect(manifests.length).toBeGreaterThan(30);
  for (const { kind, metadata } of manifests) {
    const { labels, annotations } = metadata;
    expect({ kind, labels, annotations }).toMatchObject({
      labels: commonLabels,
      annotations: commonAnnotations,
    });
  }
});

test('common annotations replace none of an object’s own, and do not restart pods', () => {
  const commonAnnotations = { own: 'common', 'helm.sh/hook-delete-policy': 'common' };
  const serviceAccount = { annotations: { own: 'kept' } };
  const manifests = render({ ...operators, commonAnnotations, serviceAccount });
  expect(pick(manifests, 'ServiceAccount').metadata).toMatchObject(serviceAccount);
  expect(pick(manifests, 'Pod').metadata.annotations).toMatchObject({
    own: 'common',
    'helm.sh/hook-delete-policy': 'before-hook-creation,hook-succeeded',
  });
  const { template } = pick(manifests, 'StatefulSet').spec;
  expect(template.metadata.annotations).not.toHaveProperty('own');
});

test('labels of an object’s own go before common ones, which pods have too', () => {
  const commonLabels = { team: 'common' };
  const monitor = { kind: 'ServiceMonitor', labels: { team: 'watch' } };
  const manifests = render({ ...allOptions, commonLabels, monitor });
  expect(pick(manifests, 'ServiceMonitor').metadata.labels.team).toBe('watch');
  const { metadata, spec } = pick(manifests, 'Deployment', 'receiver');
  expect([metadata.labels.team, spec.template.metadata.labels.team]).toEqual(['common', 'common']);
});

test('common labels replace none that objects are selected by', () => {
  const commonLabels = { 'app.kubernetes.io/instance': 'other', 'app.kubernetes.io/component': 'other' };
  const manifests = render({ ...allOptions, commonLabels });
  const { selector } = pick(manifests, 'Deployment', 'receiver').spec;
  expect(selector.matchLabels['app.kubernetes.io/instance']).toBe('events');
  for (const { metadata, spec } of ofKind(manifests, 'Deployment')) {
    expect(metadata.labels).toMatchObject(spec.selector.matchLabels);
    expect(spec.template.metadata.labels).toMatchObject(spec.selector.matchLabels);
  }
});
