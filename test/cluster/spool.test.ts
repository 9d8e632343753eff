import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { signBody } from '../../src/tools/provider/post-webhook.ts';
import { createSampleEvent } from '../../src/tools/provider/sample-event.ts';
import type { Manifest, Values } from '../chart/support/render.ts';
import type { KafkaCluster } from '../support/kafka/kafka-cluster.ts';
import { readTopic } from '../support/kafka/read-topic.ts';
import { waitUntil } from '../support/wait-until.ts';
import { baseValues, livePods, newTopics, secret, signingSecret, whenRouted } from './support/deploy.ts';
import { createHostCertificate } from './support/host-certificate.ts';
import { type KafkaBehindRelay, startKafkaBehindRelay } from './support/kafka-behind-relay.ts';
import { startLoad } from './support/load.ts';
import { useNamespace } from './support/namespace.ts';
import { provideSpoolVolumes, type SpoolVolumes } from './support/spool-volumes.ts';
import { createTlsClient, type TlsClient } from './support/tls-client.ts';

const host = 'spool.example.com';
const name = 'events-comapi-webhook-receiver';
const set = `statefulset/${name}`;
const certificate = createHostCertificate(host);
const namespace = useNamespace('spool');
const topics = newTopics();
const { hostAddress, ingressAddress, ingressClass } = inject('cluster');
let away: KafkaBehindRelay;
let kafka: KafkaCluster;
let volumes: SpoolVolumes;
let client: TlsClient;
let values: Values;

beforeAll(async () => {
  away = await startKafkaBehindRelay(hostAddress, topics);
  kafka = away.kafka;
  volumes = await provideSpoolVolumes(namespace, 2);
  await namespace.apply(signingSecret(), certificate.secret('events-tls'));
  values = {
    ...baseValues(topics),
    kafka: { brokers: [kafka.bootstrap] },
    ingress: { enabled: true, className: ingressClass, host, tls: { secretName: 'events-tls' } },
  };
  const authority = certificate.certificate;
  client = createTlsClient({ address: ingressAddress, host, authority, connections: 4 });
});
afterAll(async () => {
  client?.close();
  await namespace.helm(['uninstall', 'events', '--ignore-not-found', '--wait', '--timeout=120s']);
  await away?.stop();
  await volumes?.remove();
});

test('a release gets a spool under load without a delivery that is refused, as the README says', async () => {
  await namespace.helm(['install', 'events', '--wait', '--timeout=120s'], values);
  await whenRouted(client);
  const load = startLoad({ client, path: '/webhook', secret, workers: 4 });
  await namespace.kubectl('delete', 'deployment', name, '--cascade=orphan');
  const { storageClassName } = volumes;
  values = { ...values, spool: { enabled: true, storageClassName } };
  await namespace.helm(['upgrade', 'events', '--wait', '--timeout=120s'], values);
  await namespace.kubectl('rollout', 'status', set, '--timeout=60s');
  const ofReceivers = 'app.kubernetes.io/instance=events,app.kubernetes.io/component=receiver';
  await namespace.kubectl('delete', 'replicaset', '--selector', ofReceivers);
  await waitUntil(async () => (await livePods(namespace, 'receiver')).length === 2, {
    timeoutMs: 60_000,
    what: 'the old pods are gone',
  });
  const { acknowledged, failures } = await load.stop();
  expect(failures).toEqual([]);
  expect(acknowledged.size).toBeGreaterThan(50);
  expect(await missing(acknowledged)).toEqual([]);
});

describe('while Kafka is unavailable', () => {
  const spooled: string[] = [];

  test('each pod returns 200, stays ready and says what it keeps', async () => {
    await kafka.brokers[0]?.kill9();
    for (const pod of await podNames()) {
      spooled.push(await postTo(pod));
    }
    for (const pod of await podNames()) {
      const { status, text } = await ask(pod, 9090, '/readyz?verbose');
      expect(status).toBe(200);
      expect(text).toContain('events are written to the spool, because the store is unavailable');
    }
  });

  test('what it keeps outlives the pod, and the pod that comes back is ready', async () => {
    const before = await uidsOf();
    // One pod is deleted with a grace period, and the other one without.
    await namespace.kubectl('delete', 'pod', `${name}-0`);
    await namespace.kubectl('delete', 'pod', `${name}-1`, '--grace-period=0', '--force');
    await namespace.kubectl('rollout', 'status', set, '--timeout=120s');
    const after = await uidsOf();
    expect(after).toHaveLength(2);
    expect(after.filter((uid) => before.includes(uid))).toEqual([]);
  });

  test('a pod that is scaled away keeps its volume, and what it kept is stored once it is back', async () => {
    spooled.push(await postTo(`${name}-1`));
    await namespace.helm(['upgrade', 'events'], { ...values, replicaCount: 1 });
    await namespace.kubectl('wait', '--for=delete', `pod/${name}-1`, '--timeout=60s');
    const { items } = await namespace.get('persistentvolumeclaims');
    expect(items.map(({ metadata }: Manifest) => metadata.name).toSorted()).toEqual([
      `spool-${name}-0`,
      `spool-${name}-1`,
    ]);
    kafka.brokers[0]?.start();
    await kafka.whenReady();
    await waitUntil(async () => !(await missing(spooled)).includes(spooled[0] ?? ''), {
      timeoutMs: 60_000,
      what: 'the first pod has drained its spool',
      pollMs: 500,
    });
    expect(await missing(spooled)).toEqual(spooled.slice(1));
    await namespace.helm(['upgrade', 'events'], values);
    await waitUntil(async () => (await missing(spooled)).length === 0, {
      timeoutMs: 120_000,
      what: 'the second pod has drained its spool',
      pollMs: 500,
    });
  });
});

async function podNames(): Promise<string[]> {
  const pods = await livePods(namespace, 'receiver');
  return pods.map(({ metadata }): string => metadata.name).toSorted();
}

async function uidsOf(): Promise<string[]> {
  return (await livePods(namespace, 'receiver')).map(({ metadata }) => metadata.uid);
}

/** Posts an event directly to a pod, so that the test knows which pod stores the event. @returns the id of the event */
async function postTo(pod: string): Promise<string> {
  const event = createSampleEvent({ name: 'message.delivered' });
  const body = Buffer.from(JSON.stringify(event));
  const { status, text } = await ask(pod, 8080, '/webhook', {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', 'x-comapi-signature': signBody(body, secret) },
  });
  expect({ status, text }).toEqual({ status: 200, text: '{"accepted":1,"deadLettered":0}' });
  return event.eventId;
}

async function ask(pod: string, port: number, path: string, request?: RequestInit) {
  const { status } = await namespace.get('pod', pod);
  const answer = await fetch(`http://${status.podIP}:${port}${path}`, request);
  return { status: answer.status, text: await answer.text() };
}

/** Returns the ids of the events that Kafka does not have. */
async function missing(eventIds: Iterable<string>): Promise<string[]> {
  const records = await readTopic({ bootstrap: kafka.internalBootstrap, topic: topics.topic });
  const stored = new Set(records.map((record) => record.headers.ce_id));
  return [...eventIds].filter((eventId) => !stored.has(eventId));
}
