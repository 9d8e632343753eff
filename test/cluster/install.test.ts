import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { Manifest, Values } from '../chart/support/render.ts';
import { type ProviderApiServer, startProviderApiServer } from '../support/provider-api-server.ts';
import {
  baseValues,
  imageValues,
  livePods,
  newTopics,
  secret,
  signingSecret,
  storedEvent,
  whenRouted,
} from './support/deploy.ts';
import { createHostCertificate } from './support/host-certificate.ts';
import { useNamespace } from './support/namespace.ts';
import { type Relay, startRelay } from './support/relay.ts';
import { createTlsClient, type TlsClient } from './support/tls-client.ts';
import { trustAuthorities } from './support/trusted-authorities.ts';

const host = 'events.example.com';
const routeHost = 'route.example.com';
const certificate = createHostCertificate(host);
const routeCertificate = createHostCertificate(routeHost);
const namespace = useNamespace('install');
const { hostAddress, ingressAddress, ingressClass, gatewayClass } = inject('cluster');
const apiCertificate = createHostCertificate(hostAddress);
const authorities = trustAuthorities(apiCertificate, certificate);
const topics = newTopics();
let provider: ProviderApiServer;
let relay: Relay;
const apiUser = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'provider-api' },
  stringData: { username: 'apiuser', password: 'pass word' },
};
const [ingressHost = '', ingressPort = ''] = ingressAddress.split(':');
const publicUrl = `https://${host}:${ingressPort}`;
let values: Values;
let client: TlsClient;

beforeAll(async () => {
  provider = await startProviderApiServer();
  relay = await startRelay(hostAddress, Number(new URL(provider.url).port), apiCertificate);
  const listener = {
    name: 'https',
    protocol: 'HTTPS',
    port: Number(ingressPort),
    hostname: routeHost,
    tls: { certificateRefs: [{ name: 'route-tls' }] },
  };
  await namespace.apply(
    signingSecret(),
    apiUser,
    authorities.configMap,
    certificate.secret('events-tls'),
    routeCertificate.secret('route-tls'),
    {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'Gateway',
      metadata: { name: 'public' },
      spec: { gatewayClassName: gatewayClass, listeners: [listener] },
    },
  );
  values = {
    ...baseValues(topics),
    topics: { create: true, partitions: 3, settings: { 'dead-letter:retention.ms': 3600000 } },
    publicUrl,
    revisionFilter: { enabled: true },
    registration: {
      enabled: true,
      existingSecret: 'provider-api',
      events: ['message.delivered'],
      deleteOnUninstall: true,
    },
    canary: { enabled: true, schedule: '0 0 29 2 *' },
    ...authorities.toValues({
      env: { COMAPI_API_URL: `https://${hostAddress}:${relay.port}` },
      // No name server knows this host name.
      podSpec: { hostAliases: [{ ip: ingressHost, hostnames: [host] }] },
    }),
    ingress: { enabled: true, className: ingressClass, host, tls: { secretName: 'events-tls' } },
    httpRoute: { enabled: true, parentRefs: [{ name: 'public' }], hostnames: [routeHost] },
    autoscaling: { enabled: true, minReplicas: 2, maxReplicas: 3 },
    networkPolicy: { metricsFrom: [{ namespaceSelector: {} }], restrictEgress: true },
    monitor: { kind: 'ServiceMonitor' },
    prometheusRule: { enabled: true },
    grafanaDashboards: { enabled: true },
  };
  client = createTlsClient({ address: ingressAddress, host, authority: certificate.certificate });
});
afterAll(async () => {
  client.close();
  relay.close();
  await provider.close();
});

describe('helm install', () => {
  test('brings up ready receivers where the restricted pod security standard is enforced', async () => {
    // The command has no --wait option, because the registration job itself waits until a receiver responds.
    await namespace.helm(['install', 'events', '--timeout=180s'], values);
    for (const name of ['events-comapi-webhook-receiver', 'events-comapi-webhook-receiver-filter']) {
      await namespace.kubectl('rollout', 'status', `deployment/${name}`, '--timeout=60s');
    }
    const pods = await livePods(namespace, 'receiver');
    expect(pods).toHaveLength(2);
    for (const { status } of [...pods, ...(await livePods(namespace, 'filter'))]) {
      expect(status.containerStatuses[0]).toMatchObject({ ready: true, restartCount: 0 });
    }
  });

  test('registers the public URL and the secret at the provider', () => {
    expect([...provider.registrations.values()].map(({ body }) => body)).toEqual([
      expect.objectContaining({ name: 'default', url: `${publicUrl}/webhook`, secret }),
    ]);
  });

  test('helm test posts a signed event through the Service, and shows what its pod says', async () => {
    const said = await namespace.helm(['test', 'events', '--timeout=60s', '--logs']);
    expect(said).toMatch(/Phase:\s+Succeeded/);
    expect(said).toContain('200 {"accepted":1,"deadLettered":0}');
    expect(await livePods(namespace, 'test')).toEqual([]);
  });

  test('the canary goes through the public URL', async () => {
    const cronJob = 'cronjob/events-comapi-webhook-receiver-canary';
    await namespace.kubectl('create', 'job', 'canary-now', `--from=${cronJob}`);
    await namespace.kubectl('wait', '--for=condition=complete', 'job/canary-now', '--timeout=60s');
    expect(await namespace.kubectl('logs', 'job/canary-now')).toBe('200 {"accepted":1,"deadLettered":0}\n');
  });
});

describe('a delivery over TLS', () => {
  test('through the Ingress is stored on Kafka', async () => {
    const { eventId } = await whenRouted(client);
    expect(JSON.parse(await storedEvent(topics.topic, eventId))).toMatchObject({ eventId });
  });

  test('reaches the latest-state topic through the revision filter', async () => {
    const { eventId } = await client.postEvent('/webhook', secret);
    expect(JSON.parse(await storedEvent(`${topics.topic}.latest`, eventId))).toMatchObject({ eventId });
  });

  test('through the HTTPRoute is stored on Kafka', async () => {
    const viaRoute = createTlsClient({
      address: ingressAddress,
      host: routeHost,
      authority: routeCertificate.certificate,
    });
    const { eventId } = await whenRouted(viaRoute);
    viaRoute.close();
    await storedEvent(topics.topic, eventId);
  });

  test('never reaches the management port', async () => {
    for (const path of ['/metrics', '/readyz', '/livez']) {
      expect((await client.send('GET', path)).status).toBe(404);
    }
    expect((await client.send('GET', '/webhook')).status).toBe(200);
  });
});

describe('helm upgrade and rollback', () => {
  test('to another image replaces the pods, and back', async () => {
    const upgraded = { ...values, image: imageValues(inject('cluster').nextImage) };
    await namespace.helm(['upgrade', 'events', '--wait', '--timeout=120s'], upgraded);
    expect(await images()).toEqual(new Set([inject('cluster').nextImage]));
    provider.registrations.clear();
    await namespace.helm(['rollback', 'events', '1', '--wait', '--timeout=120s']);
    expect(await images()).toEqual(new Set([inject('cluster').image]));
    expect([...provider.registrations.values()].map(({ body }) => body.url)).toEqual([
      `${publicUrl}/webhook`,
    ]);
    expect((await client.postEvent('/webhook', secret)).status).toBe(200);
  });
});

test('helm uninstall leaves nothing behind but what was there before', async () => {
  await namespace.helm(['uninstall', 'events', '--wait', '--timeout=120s']);
  expect(provider.registrations.size).toBe(0);
  const kinds =
    'deployments,services,configmaps,ingresses,httproutes,networkpolicies,poddisruptionbudgets,jobs';
  const operators = 'horizontalpodautoscalers,serviceaccounts,cronjobs,servicemonitors,prometheusrules';
  const { items } = await namespace.get(
    `${kinds},${operators}`,
    '--selector',
    'app.kubernetes.io/instance=events',
  );
  expect(items).toEqual([]);
  await namespace.get('secret', 'signing');
});

async function images(): Promise<Set<string>> {
  const pods = await livePods(namespace, 'receiver');
  return new Set(pods.map((pod: Manifest) => pod.spec.containers[0].image));
}
