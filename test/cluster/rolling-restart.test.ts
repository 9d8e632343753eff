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
let topics: Topics;
let client: TlsClient;

beforeAll(async () => {
  topics = await createTopics();
  await namespace.apply(signingSecret(), certificate.secret('events-tls'));
  await namespace.helm(['install', 'events', '--wait', '--timeout=120s'], {
    ...baseValues(topics),
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
  const before: string[] = (await livePods(namespace, 'receiver')).map((pod) => `pod/${pod.metadata.name}`);
  const load = startLoad({ client, path: '/webhook', secret, workers: 8 });
  let report: LoadReport;
  try {
    await namespace.kubectl('rollout', 'restart', deployment);
    await namespace.kubectl('rollout', 'status', deployment, '--timeout=120s');
    // The last old pod is terminating when the rollout is complete, and it continues to serve for a while.
    await namespace.kubectl('wait', '--for=delete', '--timeout=60s', ...before);
  } finally {
    report = await load.stop();
  }
  expect(report.failures).toEqual([]);
  const records = await readTopic({ bootstrap: inject('kafkaBootstrap'), topic: topics.topic });
  const stored = new Set(records.map(({ headers }) => headers.ce_id));
  expect([...report.acknowledged].filter((eventId) => !stored.has(eventId))).toEqual([]);
  expect(report.acknowledged.size).toBeGreaterThan(200);
});
