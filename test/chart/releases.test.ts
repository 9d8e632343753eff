import { describe, expect, test } from 'vitest';
import { allOptions } from './support/all-options.ts';
import { type Manifest, ofKind, pick, render } from './support/render.ts';

const values = {
  ...allOptions,
  monitor: { kind: 'PodMonitor', namespace: 'monitoring' },
  grafanaDashboards: { enabled: true, namespace: 'monitoring' },
};

describe('two releases in one namespace', () => {
  const [one, other] = ['one', 'other'].map((release) => render(values, { release })) as [
    Manifest[],
    Manifest[],
  ];

  test('have no object in common', () => {
    const idsOf = (manifests: Manifest[]) =>
      manifests.map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`);
    expect(idsOf(one).filter((id) => idsOf(other).includes(id))).toEqual([]);
  });

  test('select no pod of each other', () => {
    const selectorsOf = (manifests: Manifest[]): Manifest[] =>
      [
        ...ofKind(manifests, 'Deployment').map(({ spec }) => spec.selector.matchLabels),
        ...ofKind(manifests, 'Service').map(({ spec }) => spec.selector),
        ...ofKind(manifests, 'NetworkPolicy').map(({ spec }) => spec.podSelector.matchLabels),
        ...ofKind(manifests, 'PodDisruptionBudget').map(({ spec }) => spec.selector.matchLabels),
        ...ofKind(manifests, 'PodMonitor').map(({ spec }) => spec.selector.matchLabels),
      ].map((selector) => selector['app.kubernetes.io/instance']);
    expect(new Set(selectorsOf(one))).toEqual(new Set(['one']));
    expect(new Set(selectorsOf(other))).toEqual(new Set(['other']));
  });

  test('have alerts on their own metrics alone', () => {
    const exprOf = (manifests: Manifest[]): string =>
      pick(manifests, 'PrometheusRule')
        .spec.groups.flatMap(({ rules }: Manifest) => rules)
        .find(({ alert }: Manifest) => alert === 'ComapiWebhookStoreUnavailable').expr;
    const [, pattern = ''] = /job=~"([^"]+)"/.exec(exprOf(one)) ?? [];
    expect('one-comapi-webhook-receiver-receiver-metrics').toMatch(new RegExp(`^${pattern}$`));
    expect('other-comapi-webhook-receiver-receiver-metrics').not.toMatch(new RegExp(`^${pattern}$`));
  });
});
