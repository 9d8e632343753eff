import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { readAlertDefaults } from '../../../charts/generate/alert-defaults.ts';
import { signBody } from '../../../src/tools/provider/post-webhook.ts';
import { createSampleEvent } from '../../../src/tools/provider/sample-event.ts';
import { type KafkaCluster, startKafkaCluster } from '../../support/kafka/kafka-cluster.ts';
import { createTopic } from '../../support/kafka/topics.ts';
import { startReceiverProcess } from '../../support/receiver-process.ts';
import { waitUntil } from '../../support/wait-until.ts';
import { type Prometheus, startPrometheus } from '../dashboards/prometheus.ts';
import { minimalValues, pick, render } from '../support/render.ts';

const secret = 'f946b0e7-5fe9-4f57-9d8f-62b3ac0b4a13';
const runbooks = new URL('../../../docs/runbooks/', import.meta.url).pathname;
/** Alerts that always fire in this test, because topics on a single broker are not durable. */
const always = ['ComapiWebhookTopicWeak'];
const ofTheOutage = [
  'ComapiWebhookErrorBudgetBurn',
  'ComapiWebhookNoneReadyForHours',
  'ComapiWebhookStoreUnavailable',
];
let kafka: KafkaCluster;

beforeAll(async () => {
  kafka = await startKafkaCluster({ nodes: 1 });
  for (const topic of ['comapi.events', 'comapi.events.dead-letter']) {
    await createTopic(kafka.bootstrap, topic, { partitions: 3 });
  }
});
afterAll(() => kafka.stop());

test('a real Prometheus evaluates every rule: an outage fires the alerts of the store, its end clears those of the moment', async () => {
  const [broker] = kafka.brokers;
  const receiver = await startReceiverProcess({ KAFKA_BROKERS: kafka.bootstrap, WEBHOOK_SECRET: secret });
  const target = {
    address: new URL(receiver.managementUrl).host,
    labels: { job: 'receivers', namespace: 'messaging', pod: 'receiver-0' },
  };
  const prometheus = await startPrometheus([target], { rules: rulesWithoutDelay() });
  onTestFinished(() => prometheus.stop());
  const posting = setInterval(() => void post(receiver.url), 50);
  onTestFinished(() => clearInterval(posting));

  // Duration of normal operation. It is long enough for rates to have values.
  await delay(15_000);
  const rules = await prometheus.rules();
  expect(rules.filter(({ type }) => type === 'alerting').length).toBeGreaterThan(20);
  expect(rules.filter(({ health }) => health !== 'ok')).toEqual([]);
  expect(await firing(prometheus)).toEqual(always);

  await broker?.kill9();
  await whenFiring(prometheus, [...always, ...ofTheOutage]);
  broker?.start();
  await kafka.whenReady();
  // The rejected deliveries are still within the time windows of the error budget, so its alert keeps firing.
  await whenFiring(prometheus, [...always, ...ofTheOutage.filter((name) => name.includes('Burn'))]);
  expect((await prometheus.rules()).filter(({ health }) => health !== 'ok')).toEqual([]);

  for (const query of readQueries()) {
    await prometheus.query(query);
  }
});

/**
 * Renders the chart's rules for these targets without `for` durations, and shortens the two hours of NoneReadyForHours
 * to seconds.
 */
function rulesWithoutDelay(): { readonly groups: readonly unknown[] } {
  const alerts = Object.fromEntries(Object.keys(readAlertDefaults()).map((name) => [name, { for: '0m' }]));
  const prometheusRule = { enabled: true, selector: 'job="receivers"', alerts };
  const { spec } = pick(render({ ...minimalValues, prometheusRule }), 'PrometheusRule');
  const hours = '< 1 - 2 / 24';
  const text = JSON.stringify(spec);
  expect(text).toContain(hours);
  return JSON.parse(text.replace(hours, '< 1 - 0.001 / 24'));
}

/** Names of the firing alerts in alphabetical order. */
async function firing(prometheus: Prometheus): Promise<string[]> {
  const rules = await prometheus.rules();
  return rules.flatMap(({ name, state }) => (state === 'firing' ? [name] : [])).toSorted();
}

async function whenFiring(prometheus: Prometheus, names: readonly string[]): Promise<void> {
  const wanted = JSON.stringify(names.toSorted());
  let last = '';
  await waitUntil(
    async () => {
      last = JSON.stringify(await firing(prometheus));
      return last === wanted;
    },
    { timeoutMs: 60_000, what: `the alerts that fire are ${wanted}`, pollMs: 500 },
  ).catch((cause: unknown) => {
    throw new Error(`These fire: ${last}`, { cause });
  });
}

async function post(url: string): Promise<void> {
  const body = Buffer.from(JSON.stringify(createSampleEvent({ name: 'message.delivered' })));
  const headers = { 'x-comapi-signature': signBody(body, secret) };
  await fetch(`${url}/webhook`, { method: 'POST', body, headers }).catch(() => undefined);
}

/** Reads the PromQL queries of all runbooks. */
function readQueries(): string[] {
  return readdirSync(runbooks).flatMap((file) => {
    const text = readFileSync(join(runbooks, file), 'utf8');
    return [...text.matchAll(/`([^`\n]*comapi_webhook_[^`\n]*)`/g)].map(([, code]) => code as string);
  });
}
