import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { Manifest } from '../chart/support/render.ts';
import type { KafkaCluster } from '../support/kafka/kafka-cluster.ts';
import { readTopic } from '../support/kafka/read-topic.ts';
import { waitUntil } from '../support/wait-until.ts';
import { baseValues, livePods, newTopics, secret, signingSecret, whenRouted } from './support/deploy.ts';
import { createHostCertificate } from './support/host-certificate.ts';
import { type KafkaBehindRelay, startKafkaBehindRelay } from './support/kafka-behind-relay.ts';
import { type Load, startLoad } from './support/load.ts';
import { useNamespace } from './support/namespace.ts';
import type { Relay } from './support/relay.ts';
import { createTlsClient, type TlsClient } from './support/tls-client.ts';

const host = 'outage.example.com';
const certificate = createHostCertificate(host);
const namespace = useNamespace('outage');
const topics = newTopics();
const { hostAddress, ingressAddress, ingressClass } = inject('cluster');
const pods = 3;
/** Time after which two readiness probes have failed. */
const frozenMs = 25_000;
const servesWithinMs = 15_000;
/** Matches responses that a receiver sent. A response of the ingress has a different text and no Retry-After header. */
const ofReceiver = /^503 \{"error":"sink_(unavailable|timeout)"\} Retry-After: 5$/;
let away: KafkaBehindRelay;
let kafka: KafkaCluster;
let relay: Relay;
let client: TlsClient;

beforeAll(async () => {
  away = await startKafkaBehindRelay(hostAddress, topics);
  ({ kafka, relay } = away);
  await namespace.apply(signingSecret(), certificate.secret('events-tls'));
  await namespace.helm(['install', 'events', '--wait', '--timeout=180s'], {
    ...baseValues(topics),
    replicaCount: pods,
    kafka: { brokers: [kafka.bootstrap] },
    ingress: { enabled: true, className: ingressClass, host, tls: { secretName: 'events-tls' } },
  });
  const authority = certificate.certificate;
  client = createTlsClient({ address: ingressAddress, host, authority, connections: 6 });
  await whenRouted(client);
});
afterAll(async () => {
  client?.close();
  await away?.stop();
});

test('while Kafka is frozen and gone, the receivers answer every delivery themselves, and serve again by themselves', async () => {
  const [broker] = kafka.brokers;
  const { report, counted } = await underLoad(async (load) => {
    await moreDeliveries(load, 60);
    broker?.pause();
    await delay(frozenMs);
    expect(await readyReplicas()).toBe(pods);
    await broker?.kill9();
    await moreDeliveries(load, 60);
    expect(await readyReplicas()).toBe(pods);
    broker?.start();
    await kafka.whenReady();
    for (const pod of await livePods(namespace, 'receiver')) {
      await whenServing(pod);
    }
    await moreDeliveries(load, 60);
  });
  expect(report.failures.length).toBeGreaterThan(60);
  expect(report.failures.filter((failure) => !ofReceiver.test(failure))).toEqual([]);
  expect(counted).toEqual({ refused: report.failures.length, accepted: report.acknowledged.size });
  expect(await missing(report.acknowledged)).toEqual([]);
});

test('one pod of three without a way to Kafka refuses its share, the others serve, and then all of them do', async () => {
  const [alone] = await livePods(namespace, 'receiver');
  const address: string = alone?.status.podIP;
  const { report, counted } = await underLoad(async (load) => {
    await moreDeliveries(load, 60);
    expect(relay.cutOff(address), 'Kafka sees the own address of a pod').toBeGreaterThan(0);
    await moreDeliveries(load, 300);
    expect(await unavailableSince(address)).toBeGreaterThan(0);
    expect(await readyReplicas()).toBe(pods);
    relay.letIn(address);
    await whenServing(alone);
    await moreDeliveries(load, 60);
  });
  expect(report.failures.length).toBeGreaterThan(20);
  expect(report.acknowledged.size).toBeGreaterThan(200);
  expect(report.failures.filter((failure) => !ofReceiver.test(failure))).toEqual([]);
  expect(counted).toEqual({ refused: report.failures.length, accepted: report.acknowledged.size });
  expect(await missing(report.acknowledged)).toEqual([]);
});

test('a new pod with a wrong topic never becomes ready: the roll-out stands still, and no delivery is refused', async () => {
  const before = new Set((await livePods(namespace, 'receiver')).map(({ metadata }) => metadata.uid));
  const findNew = async () => {
    const live = await livePods(namespace, 'receiver');
    return live.find(({ metadata, status }) => !before.has(metadata.uid) && status.podIP !== undefined);
  };
  const { report } = await underLoad(async (load) => {
    const withWrongTopic = { store: { topic: 'a-topic-that-nobody-has-made' } };
    await namespace.helm(['upgrade', 'events', '--reset-then-reuse-values'], withWrongTopic);
    const wrong = await waitUntil(findNew, { timeoutMs: 60_000, what: 'there is a new pod', pollMs: 500 });
    await waitUntil(async () => ((await unavailableSince(wrong.status.podIP)) ?? 0) > 0, {
      timeoutMs: 60_000,
      what: 'the new pod says that it cannot store',
      pollMs: 500,
    });
    await moreDeliveries(load, 200);
    const ready = await fetch(`http://${wrong.status.podIP}:9090/readyz?verbose`);
    expect(ready.status).toBe(503);
    expect(await ready.text()).toContain('a-topic-that-nobody-has-made');
    expect(await readyReplicas()).toBe(pods);
    await namespace.helm(['rollback', 'events', '1', '--wait', '--timeout=120s']);
  });
  expect(report.failures).toEqual([]);
  expect(await missing(report.acknowledged)).toEqual([]);
});

/**
 * Sends thirty deliveries per second during an action. Returns the metric counts of the pods that existed before the
 * action.
 */
async function underLoad(act: (load: Load) => Promise<void>) {
  const addresses = (await livePods(namespace, 'receiver')).map(({ status }): string => status.podIP);
  const before = await count(addresses);
  const load = startLoad({ client, path: '/webhook', secret, workers: 6, perSecond: 30 });
  try {
    await act(load);
  } finally {
    await load.stop();
  }
  const report = await load.stop();
  const after = await count(addresses);
  const counted = {
    refused: after.refused - before.refused,
    accepted: after.accepted - before.accepted,
  };
  return { report, counted };
}

async function count(addresses: readonly string[]) {
  const lines = (await Promise.all(addresses.map(readMetrics)))
    .flatMap((text) => text.split('\n'))
    .filter((line) => line.startsWith('comapi_webhook_requests_total{'));
  const sum = (reason: RegExp) =>
    lines.filter((line) => reason.test(line)).reduce((total, line) => total + toValue(line), 0);
  return { refused: sum(/reason="sink_/), accepted: sum(/reason="ok"/) };
}

async function readMetrics(address: string): Promise<string> {
  return (await fetch(`http://${address}:9090/metrics`)).text();
}

async function unavailableSince(address: string): Promise<number | undefined> {
  const text = await readMetrics(address).catch(() => '');
  const line = text
    .split('\n')
    .find((each) => each.startsWith('comapi_webhook_sink_unavailable_since_timestamp_seconds '));
  return line === undefined ? undefined : toValue(line);
}

function toValue(line: string): number {
  return Number(line.slice(line.lastIndexOf(' ')));
}

async function readyReplicas(): Promise<number> {
  const { status } = await namespace.get('deployment', 'events-comapi-webhook-receiver');
  return status.readyReplicas ?? 0;
}

/** Waits until a pod of the release has accepted another delivery. */
async function whenServing({ metadata, status }: Manifest): Promise<void> {
  const { accepted } = await count([status.podIP]);
  await waitUntil(async () => (await count([status.podIP])).accepted > accepted, {
    timeoutMs: servesWithinMs,
    what: `${metadata.name} serves again`,
    pollMs: 250,
  });
}

function moreDeliveries(load: Load, more: number): Promise<true> {
  const enough = load.deliveries + more;
  return waitUntil(() => load.deliveries >= enough, { timeoutMs: 120_000, what: `${more} more deliveries` });
}

/** Returns the events that Kafka does not have. */
async function missing(eventIds: Iterable<string>): Promise<string[]> {
  const records = await readTopic({ bootstrap: kafka.internalBootstrap, topic: topics.topic });
  const stored = new Set(records.map(({ headers }) => headers.ce_id));
  return [...eventIds].filter((eventId) => !stored.has(eventId));
}
