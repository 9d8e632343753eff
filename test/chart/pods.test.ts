import { describe, expect, test } from 'vitest';
import { findUnknownVariables, findUnusedVariables } from '../../src/config/unused-variables.ts';
import { allOptions } from './support/all-options.ts';
import {
  type Manifest,
  minimalValues,
  ofKind,
  pick,
  podSpecsOf,
  render,
  type Values,
} from './support/render.ts';

const podsOf = (values: Values, component = 'receiver') =>
  pick(render({ ...minimalValues, revisionFilter: { enabled: true }, ...values }), 'Deployment', component);

describe('the receiver’s pod', () => {
  test('has what is put beside the receiver, and before it', () => {
    const podSpec = {
      containers: [{ name: 'mesh', image: 'mesh' }],
      initContainers: [{ name: 'wait', image: 'wait' }],
    };
    const { spec } = podsOf({ podSpec }).spec.template;
    expect(spec.containers.map(({ name }: Manifest) => name)).toEqual(['receiver', 'mesh']);
    expect(spec.initContainers).toEqual(podSpec.initContainers);
    // Additional containers are rendered unchanged. They do not get the settings of the chart's own containers.
    expect(spec.containers[1]).toEqual(podSpec.containers[0]);
  });

  test('is replaced as the strategy says', () => {
    const strategyOf = (strategy: object) => podsOf({ deploymentSpec: { strategy } }).spec.strategy;
    expect(strategyOf({ rollingUpdate: { maxSurge: '50%' } })).toEqual({
      type: 'RollingUpdate',
      rollingUpdate: { maxUnavailable: 0, maxSurge: '50%' },
    });
    // With the Recreate strategy, the API server rejects settings of a rolling update.
    expect(strategyOf({ type: 'Recreate' })).toEqual({ type: 'Recreate' });
  });

  test('leaves the number to others when it is null', () => {
    expect(podsOf({ replicaCount: null }).spec).not.toHaveProperty('replicas');
  });
});

test.each<[string, Values]>([
  ['every option', allOptions],
  ['RabbitMQ', { webhooks: minimalValues.webhooks, rabbitmq: { existingSecret: 'store' } }],
  ['Redis', { webhooks: minimalValues.webhooks, redis: { existingSecret: 'store' } }],
])('with %s no pod has a variable that the program does not read', (_name, values) => {
  const create = values === allOptions ? {} : { topics: { create: true } };
  const manifests = render({ ...values, ...create });
  const workloads = ['Deployment', 'Job'].flatMap((kind) => ofKind(manifests, kind));
  expect(workloads.length).toBeGreaterThan(1);
  for (const { spec } of workloads) {
    const variables: { name: string; value?: string }[] = spec.template.spec.containers[0].env;
    const env = Object.fromEntries(variables.map(({ name, value = 'from a Secret' }) => [name, value]));
    const isRegistration = Object.keys(env).some((name) => name.startsWith('COMAPI_API_'));
    expect((isRegistration ? findUnknownVariables : findUnusedVariables)(env)).toEqual([]);
  }
});

describe('every pod', () => {
  const isLasting = ({ restartPolicy }: Manifest) => restartPolicy === undefined;

  test('has the fields of the values', () => {
    const specs = podSpecsOf(render(allOptions));
    // Pods of the receiver, of two filters, of `helm test`, and of the jobs: topics, registration, removal of the
    // registration, canary and reconcile.
    expect(specs).toHaveLength(9);
    const { volumes, ...fields } = allOptions.podSpec;
    for (const spec of specs) {
      expect(spec).toMatchObject(fields);
      expect(spec.volumes).toEqual(expect.arrayContaining(volumes));
      for (const { volumeMounts } of spec.containers) {
        expect(volumeMounts).toEqual(expect.arrayContaining(allOptions.container.volumeMounts));
      }
    }
  });

  test('has the variables of the values, but that of helm test, which trusts the receivers’ own certificate', () => {
    const specs = podSpecsOf(render(allOptions));
    const having = specs.filter(({ containers }) =>
      containers.every(({ env }: Manifest) => env.some(({ name }: Manifest) => name === 'NODE_OPTIONS')),
    );
    expect(having).toHaveLength(specs.length - 1);
    const [other] = specs.filter((spec) => !having.includes(spec));
    expect(other.containers[0].args[0]).toBe('send');
    expect(other.containers[0].envFrom).toBeUndefined();
  });

  test('has nothing beside a job, which would never end, and no spread of it', () => {
    const containers = [{ name: 'mesh', image: 'mesh' }];
    const podSpec = { ...allOptions.podSpec, containers, initContainers: [{ name: 'wait', image: 'wait' }] };
    const specs = podSpecsOf(render({ ...allOptions, podSpec }));
    for (const spec of specs) {
      const names = spec.containers.map(({ name }: Manifest) => name);
      expect(names.includes('mesh')).toBe(isLasting(spec));
      expect(spec.initContainers !== undefined).toBe(isLasting(spec));
      expect(spec.topologySpreadConstraints !== undefined).toBe(isLasting(spec));
    }
  });

  test('that lasts has probes of the values, laid over those of the chart', () => {
    const container = { startupProbe: { failureThreshold: 600 }, readinessProbe: { timeoutSeconds: 1 } };
    const [receiver] = podsOf({ container }).spec.template.spec.containers;
    expect(receiver.startupProbe).toEqual({
      httpGet: { path: '/livez', port: 'management' },
      periodSeconds: 1,
      timeoutSeconds: 2,
      failureThreshold: 600,
    });
    expect(receiver.readinessProbe).toMatchObject({ periodSeconds: 3, timeoutSeconds: 1 });
  });
});

describe('the filter', () => {
  const podSpec = {
    nodeSelector: { a: 'shared' },
    tolerations: [{ key: 'shared' }],
    affinity: { podAffinity: {} },
    initContainers: [{ name: 'wait' }],
  };
  const specsOf = (own: object): Manifest[] => {
    const manifests = render({ ...minimalValues, podSpec, revisionFilter: { enabled: true, podSpec: own } });
    return ['filter', 'receiver'].map(
      (component) => pick(manifests, 'Deployment', component).spec.template.spec,
    );
  };

  test('has what all pods have, and its own fields in their place', () => {
    expect(specsOf({})[0]).toMatchObject(podSpec);
    const own = { nodeSelector: { b: 'own' }, tolerations: [], containers: [{ name: 'mesh' }] };
    const [filter, receiver] = specsOf(own);
    expect(filter).toMatchObject({ affinity: podSpec.affinity, initContainers: podSpec.initContainers });
    expect([filter.nodeSelector, filter.tolerations]).toEqual([{ b: 'own' }, []]);
    expect(filter.containers.map(({ name }: Manifest) => name)).toEqual(['filter', 'mesh']);
    expect(receiver).toMatchObject(podSpec);
    expect(receiver.containers).toHaveLength(1);
  });
});

test('more objects are templates, as YAML and as text', () => {
  const metadata = { name: '{{ include "comapi.fullname" . }}-a', labels: { n: '{{ .Release.Namespace }}' } };
  const text = 'kind: B\nmetadata:\n  name: {{ .Values.store.topic }}\n  labels: {}';
  const manifests = render({
    ...minimalValues,
    extraObjects: [{ apiVersion: 'v1', kind: 'A', metadata }, text],
  });
  expect(pick(manifests, 'A').metadata).toEqual({
    name: 'events-comapi-webhook-receiver-a',
    labels: { n: 'messaging' },
  });
  expect(pick(manifests, 'B').metadata.name).toBe('comapi.events');
});
