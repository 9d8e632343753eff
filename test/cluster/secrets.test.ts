import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { Manifest } from '../chart/support/render.ts';
import { waitUntil } from '../support/wait-until.ts';
import { baseValues, createTopics, livePods, secret, signingSecret, type Topics } from './support/deploy.ts';
import { createHostCertificate } from './support/host-certificate.ts';
import { useNamespace } from './support/namespace.ts';
import { createTlsClient, type TlsClient } from './support/tls-client.ts';

const host = 'secrets.example.com';
const certificate = createHostCertificate(host);
const nextSecret = '0b9c4f53-2c4e-4bde-a9f1-4a3a3f3a7d11';
const namespace = useNamespace('secrets');
const { ingressAddress, ingressClass } = inject('cluster');
let topics: Topics;
let client: TlsClient;

beforeAll(async () => {
  topics = await createTopics();
  client = createTlsClient({ address: ingressAddress, host, authority: certificate.certificate });
});
afterAll(() => client.close());

describe('without a usable Secret nothing runs', () => {
  test('a missing Secret keeps the pod from starting, and its events say so', async () => {
    await namespace.helm(['install', 'events'], {
      ...baseValues(topics),
      ingress: { enabled: true, className: ingressClass, host, tls: { secretName: 'events-tls' } },
      replicaCount: 1,
    });
    await waitUntil(
      async () => (await eventMessages()).some((text) => text.includes('secret "signing" not found')),
      {
        timeoutMs: 60_000,
        what: 'an event names the missing Secret',
        pollMs: 500,
      },
    );
    expect((await livePods(namespace, 'receiver')).map(isReady)).toEqual([false]);
  });

  test('once it is there the pod comes up by itself', async () => {
    await namespace.apply(signingSecret(), certificate.secret('events-tls'));
    await namespace.kubectl(
      'rollout',
      'status',
      'deployment/events-comapi-webhook-receiver',
      '--timeout=180s',
    );
    await waitUntil(async () => (await client.postEvent('/webhook', secret)).status === 200, {
      timeoutMs: 20_000,
      what: 'a delivery is taken',
    });
  });
});

test('a secret rotates without a restart and without a refused delivery', async () => {
  const before = await fingerprints();
  await namespace.apply(signingSecret({ current: secret, next: nextSecret }));
  await waitUntil(
    async () => {
      await namespace.touchPods();
      expect((await client.postEvent('/webhook', secret)).status).toBe(200);
      return (await client.postEvent('/webhook', nextSecret)).status === 200;
    },
    { timeoutMs: 180_000, what: 'the new secret verifies', pollMs: 500 },
  );
  await namespace.kubectl(
    'patch',
    'secret',
    'signing',
    '--type=json',
    '-p',
    '[{"op":"remove","path":"/data/current"}]',
  );
  await waitUntil(
    async () => {
      await namespace.touchPods();
      expect((await client.postEvent('/webhook', nextSecret)).status).toBe(200);
      return (await client.postEvent('/webhook', secret)).status === 401;
    },
    { timeoutMs: 180_000, what: 'the old secret is refused', pollMs: 500 },
  );
  expect(await fingerprints()).toEqual(before);
});

async function eventMessages(): Promise<string[]> {
  const { items } = await namespace.get('events');
  return items.map((event: Manifest) => event.message);
}

function isReady(pod: Manifest): boolean {
  return pod.status.conditions.some((each: Manifest) => each.type === 'Ready' && each.status === 'True');
}

/** Running pods, with the restart counts of their containers. */
async function fingerprints() {
  const pods = await livePods(namespace, 'receiver');
  return pods.map(({ metadata, status }) => [metadata.uid, status.containerStatuses[0].restartCount]);
}
