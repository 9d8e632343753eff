import { describe, expect, test } from 'vitest';
import { knownVariables } from '../../src/config/unused-variables.ts';
import { allOptions } from './support/all-options.ts';
import { describeRefusals } from './support/describe-refusals.ts';
import { type Manifest, minimalValues, pick, refusal, render, type Values } from './support/render.ts';

/** Containers that the chart renders, by component. */
function containersOf(values: Values): Map<string, Manifest> {
  return new Map(
    render(values).flatMap(({ metadata, spec }): [string, Manifest][] => {
      const { containers } = spec?.jobTemplate?.spec.template.spec ?? spec?.template?.spec ?? {};
      return containers === undefined
        ? []
        : [[metadata.labels['app.kubernetes.io/component'], containers[0]]];
    }),
  );
}

const readers = ['receiver', 'filter', 'filter-messages', 'topics', 'reconcile', 'canary'];

describe('variables', () => {
  const { spec } = pick(
    render({
      ...minimalValues,
      env: {
        A_TEXT: 'some "text"',
        A_SHARE: 0.25,
        A_SWITCH: true,
        A_NUMBER: 104_857_600,
        LEFT_OUT: null,
        NODE_IP: { valueFrom: { fieldRef: { fieldPath: 'status.hostIP' } } },
      },
      envFrom: [{ secretRef: { name: 'proxy' } }],
    }),
    'Deployment',
  ).spec.template;
  const [{ env, envFrom }] = spec.containers;

  test('reach the process as they are written, however large', () => {
    expect(env).toEqual(
      expect.arrayContaining([
        { name: 'A_TEXT', value: 'some "text"' },
        { name: 'A_SHARE', value: '0.25' },
        { name: 'A_SWITCH', value: 'true' },
        { name: 'A_NUMBER', value: '104857600' },
        { name: 'NODE_IP', valueFrom: { fieldRef: { fieldPath: 'status.hostIP' } } },
      ]),
    );
    expect(env.map(({ name }: Manifest) => name)).not.toContain('LEFT_OUT');
    expect(envFrom).toEqual([{ secretRef: { name: 'proxy' } }]);
  });

  const everywhere = containersOf(allOptions);

  test.each(readers)('reach the %s', (component) => {
    expect(everywhere.get(component).env).toContainEqual({
      name: 'NODE_OPTIONS',
      value: '--max-old-space-size=384',
    });
  });

  test('that the chart sets are refused, each by its name, as no container may have one twice', () => {
    const stores: Values[] = [
      allOptions,
      {
        ...allOptions,
        kafka: {},
        redis: { existingSecret: 's' },
        revisionFilter: {},
        topics: { create: true },
        webhooks: minimalValues.webhooks,
      },
    ];
    for (const values of stores) {
      // The chart accepts these variables, because they can replace a reference to a Secret.
      const free = { ...allOptions.env, COMAPI_API_USERNAME: 'apiuser' };
      const names = [...containersOf(values).values()].flatMap(({ env: own }) =>
        own.flatMap(({ name }: Manifest) => (name in free ? [] : [name])),
      );
      const said = refusal({ ...values, env: Object.fromEntries(names.map((name) => [name, 'x'])) });
      expect(names.filter((name) => !said.includes(`env.${name} is set by the chart itself`))).toEqual([]);
    }
  });

  test('with secrets are refused, unless they come from a Secret', () => {
    const names = [...knownVariables].filter(
      (name) => /PASSWORD|PASSPHRASE|SECRET|HEADERS/.test(name) && !/_(FILE|DIR)$|^RECORD_/.test(name),
    );
    expect(names.length).toBeGreaterThan(5);
    const said = refusal({ ...minimalValues, env: Object.fromEntries(names.map((name) => [name, 'x'])) });
    expect(names.filter((name) => !said.includes(`env.${name} is a secret`))).toEqual([]);
    const valueFrom = { secretKeyRef: { name: 'a', key: 'b' } };
    expect(() => render({ ...minimalValues, env: { TLS_KEY_PASSPHRASE: { valueFrom } } })).not.toThrow();
  });
});

describeRefusals([
  ['a name that no variable can have', { env: { 'A-B': 'c' } }, /'\/env'.*'A-B' not allowed/],
  ['a list as a variable', { env: { A: ['b'] } }, /'\/env\/A'/],
]);
