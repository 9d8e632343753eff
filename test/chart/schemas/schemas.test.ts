import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { chartDirectory } from '../../../charts/generate/chart-directory.ts';
import { maxBodyBytesVariable } from '../../../src/config/record-config.ts';
import { allOptions } from '../support/all-options.ts';
import { type Manifest, minimalValues, notes, ofKind, pick, render, type Values } from '../support/render.ts';
import { type Conformance, provideKubeconform } from './provide-kubeconform.ts';

let conform: (manifests: readonly Manifest[]) => Conformance;

beforeAll(() => {
  conform = provideKubeconform();
});

const directory = join(chartDirectory, 'examples');
const files = readdirSync(directory).filter((file) => file.endsWith('.yaml'));
const example = (file: string): Values => parse(readFileSync(join(directory, file), 'utf8'));

describe('every object is as its API wants it', () => {
  const sets: [what: string, values: Values][] = [
    ['the least values', minimalValues],
    ['every option', allOptions],
    [
      'another store',
      {
        ...allOptions,
        kafka: { brokers: [] },
        redis: { existingSecret: 's' },
        topics: { create: true },
        webhooks: minimalValues.webhooks,
        revisionFilter: { enabled: false },
      },
    ],
    ['a spool', { ...allOptions, spool: { enabled: true, size: '20Gi', storageClassName: 'fast' } }],
    [
      'what excludes other options',
      {
        ...allOptions,
        store: { ...allOptions.store, tls: { secretProviderClass: 'store-tls' } },
        monitor: {
          kind: 'PodMonitor',
          namespace: 'monitoring',
          spec: { sampleLimit: 1000, podTargetLabels: ['team'] },
          endpoint: { metricRelabelings: [{ action: 'drop', regex: 'z', sourceLabels: ['__name__'] }] },
        },
        topics: { strimzi: { cluster: 'c' } },
        tls: { issuerRef: { name: 'i', kind: 'ClusterIssuer' } },
        service: {
          type: 'LoadBalancer',
          spec: {
            loadBalancerClass: 'c',
            loadBalancerSourceRanges: ['192.0.2.0/24'],
            ipFamilyPolicy: 'PreferDualStack',
            ipFamilies: ['IPv4', 'IPv6'],
            trafficDistribution: 'PreferClose',
            externalTrafficPolicy: 'Local',
          },
        },
        grafanaDashboards: { enabled: true },
        deploymentSpec: { strategy: { type: 'Recreate' } },
      },
    ],
  ];

  test.each(sets)('with %s', (__, values) => {
    const manifests = render(values);
    const { valid, skipped, problems } = conform(manifests);
    expect(problems).toEqual([]);
    expect(valid + skipped).toBe(manifests.length);
    expect(valid).toBeGreaterThan(5);
  });
});

describe('the example', () => {
  test.each(files)('%s is valid by itself, and its notes are', (file) => {
    const values = merge([minimalValues, example(file)]);
    expect(conform(render(values)).problems).toEqual([]);
    expect(notes(values)).toContain('Next steps:');
  });

  test('for a Kafka can be combined with an ingress example and with the monitoring, as their README says', () => {
    const taken = ['strimzi.yaml', 'ingress-nginx.yaml', 'kube-prometheus-stack.yaml'].map(example);
    const manifests = render(merge([minimalValues, ...taken]));
    expect(conform(manifests).problems).toEqual([]);
    expect(ofKind(manifests, 'ServiceMonitor')).toHaveLength(1);
  });

  test('of ingress-nginx lets pass what the receiver takes, and the ALB needs no certificate in the cluster', () => {
    const nginx = pick(render({ ...minimalValues, ...example('ingress-nginx.yaml') }), 'Ingress');
    expect(nginx.metadata.annotations['nginx.ingress.kubernetes.io/proxy-body-size']).toBe('10m');
    expect(maxBodyBytesVariable.fallback).toBe(10 * 1024 * 1024);
    expect(
      pick(render({ ...minimalValues, ...example('aws-alb.yaml') }), 'Ingress').spec.tls,
    ).toBeUndefined();
  });

  test('of Strimzi takes authority and client certificate from two Secrets, into one directory', () => {
    const { spec } = pick(render({ ...minimalValues, ...example('strimzi.yaml') }), 'Deployment').spec
      .template;
    const { projected } = spec.volumes.find(({ name }: Manifest) => name === 'store-tls');
    expect(projected.sources.map(({ secret }: Manifest) => secret)).toEqual([
      { name: 'main-cluster-ca-cert', items: [{ key: 'ca.crt', path: 'ca.crt' }] },
      {
        name: 'events',
        items: [
          { key: 'user.crt', path: 'user.crt' },
          { key: 'user.key', path: 'user.key' },
        ],
      },
    ]);
    expect(spec.containers[0].env).toContainEqual({
      name: 'STORE_TLS_CERT_FILE',
      value: '/etc/comapi-webhook/store-tls/user.crt',
    });
  });

  test('of every file is listed in their README', () => {
    const listed = readFileSync(join(directory, 'README.md'), 'utf8');
    expect(files.filter((file) => !listed.includes(`[${file}](${file})`))).toEqual([]);
  });
});

/** Merges values as Helm merges several `-f` options: maps are merged by key, and all other values are replaced. */
function merge(sets: readonly Values[]): Values {
  const isMap = (value: Manifest) => typeof value === 'object' && value !== null && !Array.isArray(value);
  const merged: Values = {};
  for (const [key, value] of sets.flatMap((values) => Object.entries(values))) {
    merged[key] = isMap(value) && isMap(merged[key]) ? merge([merged[key], value]) : value;
  }
  return merged;
}
