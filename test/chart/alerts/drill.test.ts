import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type KafkaCluster, startKafkaCluster } from '../../support/kafka/kafka-cluster.ts';
import { createTopic } from '../../support/kafka/topics.ts';
import { startCommand, startReceiverProcess } from '../../support/receiver-process.ts';
import { temporaryDirectory } from '../../support/test-receiver.ts';
import { waitUntil } from '../../support/wait-until.ts';
import { startPrometheus } from '../dashboards/prometheus.ts';
import { startAlertmanager } from './alertmanager.ts';
import { rulesAtOnce } from './rules-at-once.ts';

const secret = 'f946b0e7-5fe9-4f57-9d8f-62b3ac0b4a13';
let kafka: KafkaCluster;

beforeAll(async () => {
  kafka = await startKafkaCluster({ nodes: 1 });
  for (const topic of ['comapi.events', 'comapi.events.dead-letter']) {
    await createTopic(kafka.bootstrap, topic, { partitions: 3 });
  }
});
afterAll(() => kafka.stop());

test('a drill sees its alerts come to a real Prometheus and Alertmanager, and go', async () => {
  const { drill, pid } = await prepare();
  const { exited, stdout, stderr } = drill([
    ...['--stop-store', `kill -STOP ${pid}`, '--start-store', `kill -CONT ${pid}`],
  ]);
  expect({ code: await exited, said: stdout() + stderr() }).toMatchObject({ code: 0 });
  const lines = stdout()
    .trimEnd()
    .split('\n')
    .map((line) => line.split(/ {2,}/));
  expect(lines).toEqual([
    ['TROUBLE', 'ALERT', 'SEEN', 'RESOLVED'],
    ['dead-letters', 'ComapiWebhookDeadLetters', minutes, minutes],
    ['store-away', 'ComapiWebhookStoreUnavailable', minutes, minutes],
    ['forged-signatures', 'ComapiWebhookSignatureFailures', minutes, minutes],
  ]);
}, 400_000);

test('Ctrl-C brings the store back', async () => {
  const { drill, pid } = await prepare();
  const { child, exited, stderr, stdout } = drill([
    ...['--trouble', 'store-away', '--stop-store', `kill -STOP ${pid}`, '--start-store', `kill -CONT ${pid}`],
  ]);
  await expect.poll(() => stateOf(pid), { timeout: 20_000 }).toBe('T');
  expect(stderr()).toContain(`If this command is killed: kill -CONT ${pid}\n`);
  child.kill('SIGINT');
  expect(await exited).toBe(1);
  expect(stdout()).toContain('stopped before it was seen');
  expect(stateOf(pid)).not.toBe('T');
}, 120_000);

const minutes = expect.stringMatching(/^\d+\.\d min$/);

async function prepare() {
  const receiver = await startReceiverProcess({ KAFKA_BROKERS: kafka.bootstrap, WEBHOOK_SECRET: secret });
  const target = {
    address: new URL(receiver.managementUrl).host,
    labels: { job: 'receivers', namespace: 'messaging', pod: 'receiver-0' },
  };
  const alertmanager = await startAlertmanager();
  onTestFinished(() => alertmanager.stop());
  const prometheus = await startPrometheus([target], {
    rules: quickRules(),
    alertmanager: alertmanager.address,
  });
  onTestFinished(() => prometheus.stop());
  await waitUntil(async () => (await prometheus.query('comapi_webhook_ready')).length > 0, {
    timeoutMs: 30_000,
    what: 'the receiver is scraped',
  });
  const secretFile = join(temporaryDirectory(), 'secret');
  writeFileSync(secretFile, secret);
  const common = [
    ...['--not-for-production', 'staging', '--job', 'receivers', '--prometheus', prometheus.url],
    ...['--alertmanager', `http://${alertmanager.address}`],
    ...['--url', `${receiver.url}/webhook`, '--secret-file', secretFile],
  ];
  return {
    pid: kafka.brokers[0]?.pid ?? 0,
    drill: (args: readonly string[]) => startCommand(['drill', ...common, ...args]),
  };
}

/** The chart's rules, each alert without waiting; how far they look back is made seconds. */
function quickRules(): { readonly groups: readonly unknown[] } {
  const text = JSON.stringify(rulesAtOnce()).replaceAll(/\[(?:15m|1h|12h)\]/g, '[60s]');
  // How young a process is whose first dead letters no increase shows.
  return JSON.parse(text.replaceAll('time() - 900', 'time() - 60'));
}

/** Of a process, by Linux: T is frozen. */
function stateOf(pid: number): string | undefined {
  return /\) (\w)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1];
}
