import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Command } from 'commander';
import { createIntegerParser } from '../../src/commands/option-parsers.ts';
import { type Compressor, compressors } from '../../src/stores/kafka/wire/compression.ts';
import { WireWriter } from '../../src/stores/kafka/wire/wire-writer.ts';
import { writeRecordBatch } from '../../src/stores/kafka/wire/write-record-batch.ts';
import { signBody } from '../../src/tools/provider/post-webhook.ts';
import { EventSource, toDeliveryBody } from '../../src/tools/provider/simulator/event-source.ts';
import { freePorts } from '../support/free-ports.ts';
import { guardProcess } from '../support/guard-process.ts';
import type { Broker } from '../support/kafka/broker-process.ts';
import { dumpBatches } from '../support/kafka/dump-batches.ts';
import { type KafkaCluster, startKafkaCluster } from '../support/kafka/kafka-cluster.ts';
import { createTopic } from '../support/kafka/topics.ts';
import { waitUntil } from '../support/wait-until.ts';

const options = new Command('npm run bench:compression --')
  .description("CPU time and stored bytes of the simulator's events with each KAFKA_COMPRESSION.")
  .option('--events <count>', 'of each measurement', createIntegerParser(500, 1_000_000), 20_000)
  .option('--rounds <count>', 'of which the best counts', createIntegerParser(1, 100), 3)
  .option('--connections <count>', 'at once', createIntegerParser(1, 1_000), 64)
  .parse()
  .opts<{ events: number; rounds: number; connections: number }>();

const codecs = ['none', ...Object.keys(compressors)];
const entry = new URL('../../src/comapi-webhook.mjs', import.meta.url).pathname;
const secret = 'a-secret-of-the-compression-bench';

interface Delivery {
  readonly body: Buffer;
  readonly signature: string;
}

function createDeliveries(events: number, batchSize: number): Delivery[] {
  const source = new EventSource(7);
  return Array.from({ length: Math.ceil(events / batchSize) }, (_, index) => {
    const slots = Array.from({ length: batchSize }, (_slot, at) => index * batchSize + at);
    const body = toDeliveryBody(source, slots, batchSize > 1);
    return { body, signature: signBody(body, secret) };
  });
}

async function startReceiver(env: Readonly<Record<string, string>>) {
  const [http = 0, management = 0] = await freePorts(2);
  const ports = { HTTP_HOST: '127.0.0.1', HTTP_PORT: String(http), MANAGEMENT_PORT: String(management) };
  const child = spawn(process.execPath, [entry, 'receive'], {
    env: { PATH: process.env.PATH, ...env, ...ports, SHUTDOWN_DELAY_MS: '0', LOG_LEVEL: 'error' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  guardProcess(child);
  const managementUrl = `http://127.0.0.1:${management}`;
  const ready = () => fetch(`${managementUrl}/readyz`).then(({ ok }) => ok);
  await waitUntil(ready, { timeoutMs: 60_000, what: 'the receiver is ready' });
  return { child, url: `http://127.0.0.1:${http}/webhook`, managementUrl };
}

async function stop(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}

async function readCpuSeconds(managementUrl: string): Promise<number> {
  const text = await (await fetch(`${managementUrl}/metrics`)).text();
  return Number(/^\w*process_cpu_seconds_total (\S+)/m.exec(text)?.[1]);
}

async function post(url: string, deliveries: readonly Delivery[]): Promise<void> {
  const waiting = [...deliveries];
  async function work(): Promise<void> {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const { body, signature } = next;
      const headers = { 'x-comapi-signature': signature };
      const response = await fetch(url, { method: 'POST', body, headers });
      await response.arrayBuffer();
      if (!response.ok) {
        throw new Error(`The receiver answered ${response.status}`);
      }
    }
  }
  await Promise.all(Array.from({ length: options.connections }, work));
}

interface Measured {
  readonly cpuUs: number;
  readonly bytes: number;
}

async function measure(cluster: KafkaCluster, codec: string, batchSize: number): Promise<Measured> {
  const topic = `bench-${randomUUID()}`;
  await createTopic(cluster.bootstrap, topic, {});
  await createTopic(cluster.bootstrap, `${topic}.dead`, {});
  const { child, url, managementUrl } = await startReceiver({
    KAFKA_BROKERS: cluster.bootstrap,
    KAFKA_TOPIC: topic,
    KAFKA_DEAD_LETTER_TOPIC: `${topic}.dead`,
    KAFKA_COMPRESSION: codec,
    WEBHOOK_SECRET: secret,
  });
  const deliveries = createDeliveries(options.events, batchSize);
  await post(url, deliveries);
  const before = await readCpuSeconds(managementUrl);
  await post(url, deliveries);
  const cpuSeconds = (await readCpuSeconds(managementUrl)) - before;
  await stop(child);
  const events = deliveries.length * batchSize;
  const batches = await dumpBatches(cluster.brokers[0] as Broker, `${topic}-0`);
  const bytes = batches.reduce((sum, line) => sum + Number(/ size: (\d+)/.exec(line)?.[1]), 0);
  return { cpuUs: (cpuSeconds * 1e6) / events, bytes: bytes / events / 2 };
}

/** How long the event loop stands still for one batch. */
function timeBatch(values: readonly Buffer[], compressor: Compressor | undefined): number {
  const records = values.map((value, index) => ({ key: `${index}`, value, headers: {} }));
  const times = Array.from({ length: 20 }, () => {
    const writer = new WireWriter(1024);
    const startedAt = performance.now();
    writeRecordBatch(writer, records, { now: 0, compressor });
    return performance.now() - startedAt;
  });
  return times.toSorted((a, b) => a - b)[10] as number;
}

const print = (cells: readonly (string | number)[]) => process.stdout.write(`| ${cells.join(' | ')} |\n`);

const source = new EventSource(7);
const full: Buffer[] = [];
for (let bytes = 0; bytes < 900_000; bytes += full.at(-1)?.length ?? 0) {
  full.push(Buffer.from(source.at(full.length).json));
}
const noise = [Buffer.from(randomBytes(7_864_320).toString('base64'))];

const cluster = await startKafkaCluster({ nodes: 1 });
try {
  const best = new Map<string, Measured>();
  for (let round = 0; round < options.rounds; round += 1) {
    for (const codec of codecs) {
      for (const batchSize of [1, 500]) {
        const name = `${codec} ${batchSize}`;
        const { cpuUs, bytes } = await measure(cluster, codec, batchSize);
        const known = best.get(name);
        best.set(name, { cpuUs: Math.min(cpuUs, known?.cpuUs ?? cpuUs), bytes: known?.bytes ?? bytes });
      }
    }
  }
  print([
    'codec',
    'CPU µs an event, sent singly',
    'bytes an event',
    'CPU µs an event, batches of 500',
    'bytes an event',
    'event loop, ms for a full request (900 kB)',
    'ms for 10 MiB that are base64 of noise',
  ]);
  print(Array.from({ length: 7 }, () => '---'));
  for (const codec of codecs) {
    const [single, batch] = [1, 500].map((size) => best.get(`${codec} ${size}`) as Measured);
    const compressor = (compressors as Readonly<Record<string, Compressor>>)[codec];
    print([
      codec,
      ...[single, batch].flatMap((each) => [each?.cpuUs.toFixed(1) ?? '', each?.bytes.toFixed(0) ?? '']),
      timeBatch(full, compressor).toFixed(1),
      timeBatch(noise, compressor).toFixed(0),
    ]);
  }
} finally {
  await cluster.stop();
}
