import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { readTopic } from '../support/kafka/read-topic.ts';
import {
  baseValues,
  createTopics,
  livePods,
  secret,
  signingSecret,
  type Topics,
  whenRouted,
} from './support/deploy.ts';
import { createHostCertificate } from './support/host-certificate.ts';
import { type LoadReport, startLoad } from './support/load.ts';
import { useNamespace } from './support/namespace.ts';
import { createTlsClient, type TlsClient } from './support/tls-client.ts';

const host = 'rolling.example.com';
const certificate = createHostCertificate(host);
const namespace = useNamespace('rolling');
const { ingressAddress, ingressClass } = inject('cluster');
const kept = { name: 'orders', path: '/webhook', existingSecret: 'signing' };
const retired = { name: 'campaigns', path: '/campaigns', existingSecret: 'signing' };
let topics: Topics;
let client: TlsClient;

beforeAll(async () => {
  topics = await createTopics();
  await namespace.apply(signingSecret(), certificate.secret('events-tls'));
  await namespace.helm(['install', 'events', '--wait', '--timeout=120s'], {
    ...baseValues(topics),
    webhooks: [kept, retired],
    ingress: { enabled: true, className: ingressClass, host, tls: { secretName: 'events-tls' } },
  });
  client = createTlsClient({
    address: ingressAddress,
    host,
    authority: certificate.certificate,
    connections: 8,
  });
  await whenRouted(client);
});
afterAll(() => client.close());

test('a rolling restart under load behind a proxy costs no delivery and no acknowledged event', async () => {
  const deployment = 'deployment/events-comapi-webhook-receiver';
  const acknowledged = await underLoad(async () => {
    await namespace.kubectl('rollout', 'restart', deployment);
    await namespace.kubectl('rollout', 'status', deployment, '--timeout=120s');
  });
  expect(acknowledged.size).toBeGreaterThan(200);
});

test('a registration that is retired by an upgrade costs the other one nothing, and keeps what it had', async () => {
  // It is gone at the provider already: its last deliveries are in.
  const last = await client.postEvent(retired.path, secret);
  expect(last.status).toBe(200);
  const withoutIt = ['upgrade', 'events', '--reset-then-reuse-values', '--wait', '--timeout=120s'];
  await underLoad(() => namespace.helm(withoutIt, { webhooks: [kept] }), { perSecond: 15 });
  expect((await client.postEvent(retired.path, secret)).status).toBe(404);
  expect(await storedIds()).toContain(last.eventId);
  for (const pod of await livePods(namespace, 'receiver')) {
    const metrics = await fetch(`http://${pod.status.podIP}:9090/metrics`);
    expect(await metrics.text()).not.toContain('webhook="campaigns"');
  }
});

/** Posts events until every pod of before is gone: each is answered 200 and stored. @returns their ids */
async function underLoad(
  change: () => Promise<unknown>,
  rate: { readonly perSecond?: number } = {},
): Promise<ReadonlySet<string>> {
  const before: string[] = (await livePods(namespace, 'receiver')).map((pod) => `pod/${pod.metadata.name}`);
  const load = startLoad({ client, path: kept.path, secret, workers: 8, ...rate });
  let report: LoadReport;
  try {
    await change();
    // The last old pod is told to go when the roll-out is done, and serves on for a while.
    await namespace.kubectl('wait', '--for=delete', '--timeout=60s', ...before);
  } finally {
    report = await load.stop();
  }
  expect(report.failures).toEqual([]);
  const stored = new Set(await storedIds());
  expect([...report.acknowledged].filter((eventId) => !stored.has(eventId))).toEqual([]);
  return report.acknowledged;
}

async function storedIds(): Promise<(string | undefined)[]> {
  const records = await readTopic({ bootstrap: inject('kafkaBootstrap'), topic: topics.topic });
  return records.map(({ headers }) => headers.ce_id);
}
