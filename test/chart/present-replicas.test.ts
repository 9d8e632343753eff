import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { chartDirectory } from '../../charts/generate/chart-directory.ts';
import { type HelmMajor, helmMajors } from './support/find-helm.ts';
import { kubeVersion, type Manifest, minimalValues, type Values } from './support/render.ts';

const workload = 'events-comapi-webhook-receiver';
const autoscaling = { enabled: true, minReplicas: 3 };
/** An entry of `managedFields`, which records the owner of fields. */
const owner = (manager: string, operation: string, spec: object, subresource?: string) => ({
  manager,
  operation,
  ...(subresource && { subresource }),
  fieldsV1: { 'f:spec': spec },
});
const pods = { 'f:template': {} };
const count = { 'f:replicas': {} };
const scaled = owner('kube-controller-manager', 'Update', count, 'scale');

describe.each(helmMajors)('where an autoscaler chooses, Helm %i', (major) => {
  test.each([
    ['that applied it at the client', [owner('helm', 'Update', { ...pods, ...count })]],
    ['at the client, and the autoscaler has scaled', [owner('helm', 'Update', pods), scaled]],
    ['that applied it at the server', [owner('helm', 'Apply', { ...pods, ...count })]],
  ])('repeats the number of now, which it would take away else: %s', async (_, managedFields) => {
    expect(await renderedReplicas(major, { autoscaling }, deployment(managedFields))).toBe(4);
  });

  test.each([
    ['the autoscaler has scaled', [owner('helm', 'Apply', pods), scaled]],
    ['it never had it', [owner('helm', 'Apply', pods), owner('someone', 'Apply', count)]],
    ['the autoscaler shares it', [owner('helm', 'Apply', { ...pods, ...count }), scaled]],
  ])('leaves the number alone that is not its own alone: %s', async (_, managedFields) => {
    expect(await renderedReplicas(major, { autoscaling }, deployment(managedFields))).toBeUndefined();
  });

  test.each([
    ['least', { ...autoscaling, minReplicas: 5 }, 5],
    ['greatest', { ...autoscaling, maxReplicas: 3 }, 3],
  ])(
    'names the autoscaler’s %s number where it is to change the number of now',
    async (_, chosen, wanted) => {
      const managedFields = [owner('helm', 'Apply', { ...pods, ...count })];
      expect(await renderedReplicas(major, { autoscaling: chosen }, deployment(managedFields))).toBe(wanted);
    },
  );

  test('names none where there was none, or nothing yet', async () => {
    const managedFields = [owner('helm', 'Update', { ...pods, ...count })];
    expect(await renderedReplicas(major, { autoscaling }, deployment(managedFields, 0))).toBeUndefined();
    const other = { ...deployment(managedFields), metadata: { name: 'other', managedFields } };
    expect(await renderedReplicas(major, { autoscaling }, other)).toBeUndefined();
  });
});

test('the number of now is repeated for an autoscaler that is not the chart’s, and for a StatefulSet', async () => {
  const managedFields = [owner('helm', 'Apply', { ...pods, ...count })];
  const present = deployment(managedFields);
  expect(await renderedReplicas(4, { replicaCount: null }, present)).toBe(4);
  const spool = { enabled: true };
  expect(await renderedReplicas(4, { autoscaling, spool }, { ...present, kind: 'StatefulSet' })).toBe(4);
});

test('a number that the values name counts, whatever the cluster has', async () => {
  const managedFields = [owner('helm', 'Apply', { ...pods, ...count })];
  expect(await renderedReplicas(4, { replicaCount: 7 }, deployment(managedFields))).toBe(7);
});

function deployment(managedFields: object[], replicas = 4): Manifest {
  const annotations = {
    'meta.helm.sh/release-name': 'events',
    'meta.helm.sh/release-namespace': 'messaging',
  };
  const labels = { 'app.kubernetes.io/managed-by': 'Helm' };
  return {
    kind: 'Deployment',
    metadata: { name: workload, annotations, labels, managedFields },
    spec: { replicas },
  };
}

/** Number of receiver replicas that Helm renders if the cluster contains this object. */
async function renderedReplicas(
  major: HelmMajor,
  values: Values,
  present: Manifest,
): Promise<number | undefined> {
  const kubeconfig = await startApiServer(present);
  const helm = spawn(inject('helm')[major], [
    ...['template', 'events', chartDirectory, '--namespace', 'messaging', '--values', '-'],
    ...['--dry-run=server', '--kubeconfig', kubeconfig, '--kube-version', kubeVersion],
    ...['--disable-openapi-validation', '--show-only', 'templates/workloads.yaml'],
  ]);
  helm.stdin.end(JSON.stringify({ ...minimalValues, ...values }));
  const [stdout, stderr] = await Promise.all([text(helm.stdout), text(helm.stderr)]);
  const manifest = parse(stdout);
  if (manifest === null) {
    throw new Error(`helm template failed: ${stderr}`);
  }
  return manifest.spec.replicas;
}

/** Kinds of objects in a release, by API version. */
const kindsOf = {
  v1: ['ConfigMap', 'Secret', 'Service', 'ServiceAccount'],
  'apps/v1': ['Deployment', 'StatefulSet'],
  'autoscaling/v2': ['HorizontalPodAutoscaler'],
  'networking.k8s.io/v1': ['NetworkPolicy'],
  'policy/v1': ['PodDisruptionBudget'],
};

/**
 * Starts a server with the parts of the Kubernetes API that Helm's `lookup` needs, and with one object. @returns the
 * file for `--kubeconfig`
 */
async function startApiServer(object: Manifest): Promise<string> {
  const toResource = (kind: string) => `${kind.toLowerCase().replace(/y$/, 'ie')}s`;
  const path = `/apis/apps/v1/namespaces/messaging/${toResource(object.kind)}/${object.metadata.name}`;
  const resources = Object.entries(kindsOf).map(([groupVersion, kinds]) => [
    groupVersion === 'v1' ? '/api/v1' : `/apis/${groupVersion}`,
    {
      kind: 'APIResourceList',
      apiVersion: 'v1',
      groupVersion,
      resources: kinds.map((kind) => ({ name: toResource(kind), namespaced: true, kind, verbs: ['get'] })),
    },
  ]);
  const groups = Object.keys(kindsOf)
    .filter((groupVersion) => groupVersion !== 'v1')
    .map((groupVersion) => {
      const [name, version] = groupVersion.split('/');
      return { name, versions: [{ groupVersion, version }], preferredVersion: { groupVersion, version } };
    });
  const answers: Readonly<Record<string, unknown>> = {
    '/version': { major: '1', minor: '34', gitVersion: `v${kubeVersion}` },
    '/api': { kind: 'APIVersions', versions: ['v1'] },
    '/apis': { kind: 'APIGroupList', apiVersion: 'v1', groups },
    [path]: { apiVersion: 'apps/v1', ...object },
    ...Object.fromEntries(resources),
  };
  const notFound = { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'NotFound', code: 404 };
  const server = createServer(({ url = '' }, response) => {
    const answer = answers[url.replace(/\?.*/, '')];
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer ?? notFound));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const directory = mkdtempSync(join(tmpdir(), 'api-server-'));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
    rmSync(directory, { recursive: true });
  });
  const file = join(directory, 'kubeconfig');
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'it', cluster: { server: address } }],
    contexts: [{ name: 'it', context: { cluster: 'it', user: 'it' } }],
    users: [{ name: 'it', user: {} }],
    'current-context': 'it',
  };
  writeFileSync(file, JSON.stringify(config));
  return file;
}
