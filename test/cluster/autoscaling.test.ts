import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { waitUntil } from '../support/wait-until.ts';
import { baseValues, createTopics, secret, signingSecret, whenRouted } from './support/deploy.ts';
import { createHostCertificate } from './support/host-certificate.ts';
import { startLoad } from './support/load.ts';
import { useNamespace } from './support/namespace.ts';
import { createTlsClient, type TlsClient } from './support/tls-client.ts';

const host = 'scaling.example.com';
const certificate = createHostCertificate(host);
const namespace = useNamespace('scaling');
const { ingressAddress, ingressClass } = inject('cluster');
let client: TlsClient;

beforeAll(async () => {
  const topics = await createTopics();
  await namespace.apply(signingSecret(), certificate.secret('events-tls'));
  await namespace.helm(['install', 'events', '--wait', '--timeout=120s'], {
    ...baseValues(topics),
    ingress: { enabled: true, className: ingressClass, host, tls: { secretName: 'events-tls' } },
    autoscaling: { enabled: true, minReplicas: 1, maxReplicas: 3, targetCPUAverageValue: '70m' },
  });
  client = createTlsClient({
    address: ingressAddress,
    host,
    authority: certificate.certificate,
    connections: 16,
  });
  await whenRouted(client);
});
afterAll(() => client.close());

test('load adds receivers, and nothing is refused meanwhile', async () => {
  // Its pod must not count as a receiver without CPU.
  await namespace.helm(['test', 'events']);
  const load = startLoad({ client, path: '/webhook', secret, workers: 16 });
  await waitUntil(
    async () => {
      const { status } = await namespace.get('deployment', 'events-comapi-webhook-receiver');
      return status.readyReplicas >= 2;
    },
    { timeoutMs: 180_000, what: 'a second receiver is ready', pollMs: 1_000 },
  );
  const { failures, acknowledged } = await load.stop();
  expect(failures).toEqual([]);
  expect(acknowledged.size).toBeGreaterThan(1_000);
});
