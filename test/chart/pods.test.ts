import { describe, expect, test } from 'vitest';
import { findMisspeltVariables, findUnreadVariables } from '../../src/config/unread-variables.ts';
import { allOptions } from './support/all-options.ts';
import { type Manifest, minimalValues, ofKind, pick, render, type Values } from './support/render.ts';

const podsOf = (values: Values, component = 'receiver') =>
  pick(render({ ...minimalValues, revisionFilter: { enabled: true }, ...values }), 'Deployment', component);

describe('the receiver’s pod', () => {
  test('has what is put beside the receiver, and before it', () => {
    const { spec } = podsOf({
      extraContainers: [{ name: 'mesh', image: 'mesh' }],
      initContainers: [{ name: 'wait', image: 'wait' }],
    }).spec.template;
    expect(spec.containers.map(({ name }: Manifest) => name)).toEqual(['receiver', 'mesh']);
    expect(spec.initContainers).toEqual([{ name: 'wait', image: 'wait' }]);
  });

  test('is replaced as the strategy says', () => {
    const rolling = podsOf({ strategy: { rollingUpdate: { maxSurge: '50%' } } }).spec.strategy;
    expect(rolling).toEqual({
      type: 'RollingUpdate',
      rollingUpdate: { maxUnavailable: 0, maxSurge: '50%' },
    });
    // The API server takes no numbers for a rolling update with it.
    expect(podsOf({ strategy: { type: 'Recreate' } }).spec.strategy).toEqual({ type: 'Recreate' });
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
    expect((isRegistration ? findMisspeltVariables : findUnreadVariables)(env)).toEqual([]);
  }
});

test('names and addresses are resolved as the values say, in every pod', () => {
  const values = {
    hostAliases: [{ ip: '10.0.0.1', hostnames: ['kafka.internal'] }],
    dnsPolicy: 'None',
    dnsConfig: { nameservers: ['10.0.0.2'] },
  };
  const manifests = render({ ...minimalValues, ...values, topics: { create: true } });
  for (const { spec } of [
    pick(manifests, 'Deployment').spec.template,
    pick(manifests, 'Job').spec.template,
    pick(manifests, 'Pod'),
  ]) {
    expect(spec).toMatchObject(values);
  }
});

test('runtime class and scheduler are those of every pod, and new pods count when they were ready for a while', () => {
  const values = { runtimeClassName: 'gvisor', schedulerName: 'binpack' };
  const more = { topics: { create: true }, revisionFilter: { enabled: true }, minReadySeconds: 10 };
  const manifests = render({ ...minimalValues, ...values, ...more });
  const deployments = ofKind(manifests, 'Deployment');
  expect(deployments).toHaveLength(2);
  for (const { spec } of [
    ...deployments.map((deployment) => deployment.spec.template),
    pick(manifests, 'Job').spec.template,
    pick(manifests, 'Pod'),
  ]) {
    expect(spec).toMatchObject(values);
  }
  const spooled = pick(render({ ...minimalValues, ...more, spool: { enabled: true } }), 'StatefulSet');
  for (const { spec } of [...deployments, spooled]) {
    expect(spec.minReadySeconds).toBe(10);
  }
});

describe('the filter', () => {
  const shared = {
    deploymentAnnotations: { a: 'shared' },
    strategy: { type: 'Recreate' },
    podLabels: { b: 'shared' },
    podAnnotations: { c: 'shared' },
    nodeSelector: { d: 'shared' },
    tolerations: [{ key: 'shared' }],
    affinity: { podAffinity: {} },
    topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'shared', whenUnsatisfiable: 'ScheduleAnyway' }],
    priorityClassName: 'shared',
  };
  const own = {
    deploymentAnnotations: { a: 'own' },
    strategy: { type: 'RollingUpdate' },
    podLabels: { b: 'own' },
    podAnnotations: { c: 'own' },
    nodeSelector: { d: 'own' },
    tolerations: [{ key: 'own' }],
    affinity: { nodeAffinity: {} },
    topologySpreadConstraints: [{ maxSkew: 3, topologyKey: 'own', whenUnsatisfiable: 'ScheduleAnyway' }],
    priorityClassName: 'own',
  };

  test.each([
    ['what all pods have', {}, shared],
    ['its own where it has some', own, own],
  ])('has %s', (_, values, expected) => {
    const { metadata, spec } = podsOf({ ...shared, revisionFilter: { enabled: true, ...values } }, 'filter');
    const { template } = spec;
    expect(metadata.annotations).toEqual(expected.deploymentAnnotations);
    expect(spec.strategy).toEqual(expected.strategy);
    expect(template.metadata).toMatchObject({
      labels: expected.podLabels,
      annotations: expected.podAnnotations,
    });
    const { nodeSelector, tolerations, affinity, priorityClassName } = expected;
    expect(template.spec).toMatchObject({ nodeSelector, tolerations, affinity, priorityClassName });
    expect(template.spec.topologySpreadConstraints).toMatchObject(expected.topologySpreadConstraints);
  });

  test('can have none of what all pods have, and never changes the receiver', () => {
    const none = { nodeSelector: {}, tolerations: [], priorityClassName: '' };
    const manifests = render({
      ...minimalValues,
      ...shared,
      revisionFilter: { enabled: true, ...none },
    });
    const { spec } = pick(manifests, 'Deployment', 'filter').spec.template;
    expect(Object.keys(spec)).not.toEqual(expect.arrayContaining(['tolerations']));
    expect(spec).not.toHaveProperty('priorityClassName');
    expect(pick(manifests, 'Deployment', 'receiver').spec.template.spec).toMatchObject({
      tolerations: shared.tolerations,
      priorityClassName: 'shared',
    });
  });

  test('has variables and containers of its own', () => {
    const revisionFilter = {
      enabled: true,
      groupId: 'events-filter',
      envFrom: [{ configMapRef: { name: 'more' } }],
      initContainers: [{ name: 'wait' }],
      extraContainers: [{ name: 'mesh' }],
    };
    const { spec } = podsOf({ revisionFilter }, 'filter').spec.template;
    expect(spec.containers[0]).toMatchObject({ name: 'filter', envFrom: revisionFilter.envFrom });
    expect(spec.containers[0].env).toContainEqual({ name: 'FILTER_GROUP_ID', value: 'events-filter' });
    expect([spec.initContainers, spec.containers.slice(1)]).toEqual([[{ name: 'wait' }], [{ name: 'mesh' }]]);
    const receiver = podsOf({ revisionFilter }).spec.template.spec;
    expect(receiver.containers).toHaveLength(1);
    expect(receiver.initContainers ?? receiver.containers[0].envFrom).toBeUndefined();
  });
});

test('more objects are templates, as YAML and as text', () => {
  const metadata = { name: '{{ include "comapi.fullname" . }}-a', labels: { n: '{{ .Release.Namespace }}' } };
  const text = 'kind: B\nmetadata:\n  name: {{ .Values.kafka.topic }}\n  labels: {}';
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
