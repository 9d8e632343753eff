import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Command } from 'commander';
import { createIntegerParser } from '../../src/commands/option-parsers.ts';
import { partitionFor } from '../../src/stores/append/partition-for.ts';
import { signBody } from '../../src/tools/provider/post-webhook.ts';
import { toFilterEnv } from '../support/filter/filter-env.ts';
import { createFilterTopics } from '../support/filter/filter-topics.ts';
import { freePorts } from '../support/free-ports.ts';
import { guardProcess } from '../support/guard-process.ts';
import { type KafkaCluster, startKafkaCluster } from '../support/kafka/kafka-cluster.ts';
import { countConnections } from '../support/open-connections.ts';
import { residentMib } from '../support/process-counters.ts';
import { waitUntil } from '../support/wait-until.ts';

const parsePartitions = createIntegerParser(1, 10_000);
const options = new Command('npm run bench:connections --')
  .description('Connections to brokers, memory, start-up and fail-over of the receiver and of the filter.')
  .option('--one-broker <partitions>', 'of the events topic on one broker', parsePartitions, 100)
  .option(
    '--three-brokers <partitions>',
    'of the events topic, three replicas, on three',
    parsePartitions,
    1000,
  )
  .option('--only <process>', 'receive or filter')
  .parse()
  .opts<{ oneBroker: number; threeBrokers: number; only?: string }>();

const entry = new URL('../../src/comapi-webhook.mjs', import.meta.url).pathname;
const secret = 'a-secret-of-the-connections-bench';
const timeoutMs = 180_000;

interface Started {
  readonly child: ChildProcess;
  readonly url: string;
  readonly startMs: number;
}

async function start(command: string, env: Readonly<Record<string, string>>): Promise<Started> {
  const [http = 0, management = 0] = await freePorts(2);
  const ports = { HTTP_HOST: '127.0.0.1', HTTP_PORT: String(http), MANAGEMENT_PORT: String(management) };
  const startedAt = performance.now();
  const child = spawn(process.execPath, [entry, command], {
    env: { PATH: process.env.PATH, ...env, ...ports, SHUTDOWN_DELAY_MS: '0', LOG_LEVEL: 'error' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  guardProcess(child);
  const ready = () => fetch(`http://127.0.0.1:${management}/readyz`).then(({ ok }) => ok);
  await waitUntil(ready, { timeoutMs, pollMs: 10, what: `${command} is ready` });
  return { child, url: `http://127.0.0.1:${http}/webhook`, startMs: performance.now() - startedAt };
}

/** One event for each partition. */
function createBody(partitions: number): Buffer {
  const keys = new Map<number, string>();
  for (let i = 0; keys.size < partitions; i += 1) {
    const partition = partitionFor(`entity-${i}`, partitions);
    keys.set(partition, keys.get(partition) ?? `entity-${i}`);
  }
  const events = [...keys.values()].map((id) => ({
    eventId: id,
    name: 'message.sent',
    id,
    revision: Date.now(),
  }));
  return Buffer.from(JSON.stringify(events));
}

async function store(url: string, partitions: number): Promise<boolean> {
  const body = createBody(partitions);
  const headers = { 'x-comapi-signature': signBody(body, secret) };
  return (await fetch(url, { method: 'POST', body, headers })).ok;
}

async function measure(command: 'receive' | 'filter', cluster: KafkaCluster, partitions: number) {
  const { bootstrap, brokers } = cluster;
  const replicationFactor = brokers.length;
  const topics = await createFilterTopics(bootstrap, { partitions, replicationFactor });
  const env = {
    ...toFilterEnv(bootstrap, topics),
    WEBHOOK_SECRET: secret,
    KEY_RULES: '*=id',
  };
  const { child, url, startMs } = await start(command, env);
  const pid = child.pid ?? 0;
  if (command === 'receive') {
    const each = () => store(url, partitions);
    await waitUntil(each, { timeoutMs, what: 'a record is stored in each partition' });
  }
  const counts = [
    ...countConnections(
      pid,
      brokers.map(({ port }) => port),
    ).values(),
  ];
  const row = [
    command,
    String(brokers.length),
    String(partitions),
    counts.join(' + '),
    `${residentMib(pid).toFixed(0)} MiB`,
    `${startMs.toFixed(0)} ms`,
    command === 'receive' && brokers.length > 1
      ? `${await failOver(cluster, () => store(url, partitions))} ms`
      : '–',
  ];
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
  return `| ${row.join(' | ')} |\n`;
}

/** From the death of a broker until a record is stored in each partition by one request. */
async function failOver(cluster: KafkaCluster, storeAll: () => Promise<boolean>): Promise<number> {
  const victim = cluster.brokers.at(-1);
  await victim?.kill9();
  const killedAt = performance.now();
  await waitUntil(storeAll, { timeoutMs, pollMs: 10, what: 'every partition takes records again' });
  const tookMs = Math.round(performance.now() - killedAt);
  victim?.start();
  await cluster.whenReady();
  return tookMs;
}

process.stdout.write(
  '| process | brokers | partitions | connections to each broker | resident | start to ready | fail-over |\n| --- | --- | --- | --- | --- | --- | --- |\n',
);
for (const [nodes, partitions] of [
  [1, options.oneBroker],
  [3, options.threeBrokers],
] as const) {
  const cluster = await startKafkaCluster({ nodes });
  try {
    for (const command of ['receive', 'filter'] as const) {
      if (options.only === undefined || options.only === command) {
        process.stdout.write(await measure(command, cluster, partitions));
      }
    }
  } finally {
    await cluster.stop();
  }
}
