import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { Values } from '../chart/support/render.ts';
import { readTopic } from '../support/kafka/read-topic.ts';
import { waitUntil } from '../support/wait-until.ts';
import {
  baseValues,
  createTopics,
  imageValues,
  livePods,
  secret,
  signingSecret,
  storedEvent,
  type Topics,
  whenRouted,
} from './support/deploy.ts';
import { createHostCertificate } from './support/host-certificate.ts';
import { type Load, type LoadReport, startLoad } from './support/load.ts';
import { useNamespace } from './support/namespace.ts';
import { type PastChart, providePastChart } from './support/past-chart.ts';
import { pastReleases } from './support/past-releases.ts';
import { createTlsClient, type TlsClient } from './support/tls-client.ts';

const { image, pastImages, ingressAddress, ingressClass } = inject('cluster');
const whenReady = ['--wait', '--timeout=180s'];

describe.each(pastReleases)('from $commit, $what', ({ commit, values, renamed, gone }) => {
  const pastImage = `${pastImages}-${commit}`;
  const host = `from-${commit}.example.com`;
  const certificate = createHostCertificate(host);
  const namespace = useNamespace(`from-${commit}`);
  const ingress = { enabled: true, className: ingressClass, host, tls: { secretName: 'events-tls' } };
  let topics: Topics;
  let client: TlsClient;
  let chart: PastChart;
  let acknowledged: ReadonlySet<string>;

  beforeAll(async () => {
    chart = await providePastChart(commit);
    topics = await createTopics();
    await namespace.apply(signingSecret(), certificate.secret('events-tls'));
    const past = { ...pastBaseValues(topics), ingress, ...values, image: imageValues(pastImage) };
    await namespace.helm(['install', 'events', ...whenReady], past, chart.directory);
    const authority = certificate.certificate;
    client = createTlsClient({ address: ingressAddress, host, authority, connections: 8 });
    await whenRouted(client);
  });
  afterAll(() => {
    client?.close();
    chart?.remove();
  });

  test('today’s chart refuses the old names, each by its name', async () => {
    const unchanged = { ...pastBaseValues(topics), ingress, ...values };
    const upgrade = namespace.helm(['upgrade', 'events', '--wait'], unchanged);
    const said: string = await upgrade.then(
      () => '',
      (error: Error) => error.message,
    );
    expect(gone.filter((name) => !said.includes(name))).toEqual([]);
    expect(await imagesOf('receiver')).toEqual([pastImage, pastImage]);
  });

  test('an upgrade under load refuses no delivery and loses no acknowledged event', async () => {
    const today = { ...baseValues(topics), ingress, ...renamed };
    acknowledged = await underLoad(() => namespace.helm(['upgrade', 'events', ...whenReady], today));
    expect(await imagesOf('receiver')).toEqual([image, image]);
  });

  test('the filter goes on from where it was: each of these events is a latest state, once', async () => {
    expect(await imagesOf('filter')).toEqual([image]);
    const latest = await waitUntil(
      async () => {
        const ids = await idsOn(`${topics.topic}.latest`);
        return [...acknowledged].every((eventId) => ids.includes(eventId)) && ids;
      },
      { timeoutMs: 60_000, what: 'every acknowledged event is a latest state', pollMs: 500 },
    );
    expect(latest.filter((eventId, index) => latest.indexOf(eventId) !== index)).toEqual([]);
  });

  test('the release then serves', async () => {
    const said = await namespace.helm(['test', 'events', '--timeout=60s', '--logs']);
    expect(said).toContain('200 {"accepted":1,"deadLettered":0}');
    const { eventId, status } = await client.postEvent('/webhook', secret);
    expect(status).toBe(200);
    await storedEvent(topics.topic, eventId);
    await storedEvent(`${topics.topic}.latest`, eventId);
  });

  test('a rollback under load refuses no delivery and loses no acknowledged event', async () => {
    await underLoad(() => namespace.helm(['rollback', 'events', '1', ...whenReady]));
    expect(await imagesOf('receiver')).toEqual([pastImage, pastImage]);
  });

  /**
   * Posts events during a change, until every old pod has ended.
   *
   * @returns the ids of the events that got a 200 response
   */
  async function underLoad(change: () => Promise<string>): Promise<ReadonlySet<string>> {
    const before: string[] = (await livePods(namespace, 'receiver')).map((pod) => `pod/${pod.metadata.name}`);
    const load = startLoad({ client, path: '/webhook', secret, workers: 8 });
    let report: LoadReport;
    try {
      await moreDeliveries(load);
      await change();
      // When the rollout is complete, the last old pod is still terminating. It continues to serve requests for a
      // while.
      await namespace.kubectl('wait', '--for=delete', '--timeout=60s', ...before);
      await moreDeliveries(load);
    } finally {
      report = await load.stop();
    }
    expect(report.failures).toEqual([]);
    const stored = new Set(await idsOn(topics.topic));
    expect([...report.acknowledged].filter((eventId) => !stored.has(eventId))).toEqual([]);
    return report.acknowledged;
  }

  async function imagesOf(component: string): Promise<string[]> {
    const pods = await livePods(namespace, component);
    return pods.map((pod) => pod.spec.containers[0].image);
  }
});

async function idsOn(topic: string): Promise<(string | undefined)[]> {
  const bootstrap = inject('kafkaBootstrap');
  const records = await readTopic({ bootstrap, topic, readCommitted: true });
  return records.map((record) => record.headers.ce_id);
}

function moreDeliveries(load: Load): Promise<true> {
  const enough = load.deliveries + 100;
  return waitUntil(() => load.deliveries >= enough, { timeoutMs: 60_000, what: '100 more deliveries' });
}

/** Values that every release in these tests has, under the names that past charts use. */
function pastBaseValues(topics: Topics): Values {
  const { env: _, store: __, ...base } = baseValues(topics);
  return {
    ...base,
    kafka: { ...base.kafka, ...topics, latestTopic: `${topics.topic}.latest` },
    shutdown: { preStopSeconds: 3, delaySeconds: 2, timeoutSeconds: 15 },
  };
}
