// Time to answer at half of the top rate, beside the broker's own time to acknowledge one record at the same moment.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createKafkajsBrokerLink } from '../../src/kafka/kafkajs-broker-link.ts';
import { defaultProduceSettings } from '../../src/kafka/produce-settings.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import { startKafkaCluster } from '../support/kafka/kafka-cluster.ts';
import { createTopic } from '../support/kafka/topics.ts';
import { createRecord } from '../support/kafka-sink.ts';
import { writeBodies } from './bodies.ts';
import { measure } from './measure.ts';
import { createVariants, startVariant } from './variants.ts';

const secret = 'f946b0e7-5fe9-4f57-9d8f-62b3ac0b4a13';
const topics = { topic: 'bench.events', deadLetterTopic: 'bench.dead-letter' };
const probeTopic = 'bench.probe';
const rounds = 2;
/** Long enough that the sender's own start is far less than one in a hundred. */
const secondsPerRound = 20;
const command = new URL('../../src/comapi-webhook.mjs', import.meta.url).pathname;

const directory = mkdtempSync(join(tmpdir(), 'comapi-webhook-latency-'));
const cluster = await startKafkaCluster({ nodes: 1 });
try {
  await createTopic(cluster.bootstrap, topics.topic, { partitions: 12 });
  await createTopic(cluster.bootstrap, topics.deadLetterTopic);
  await createTopic(cluster.bootstrap, probeTopic);
  const kafka = createVariants({ brokers: cluster.bootstrap, ...topics }).find(({ name }) =>
    name.endsWith('Kafka'),
  );
  if (kafka === undefined) {
    throw new Error('There is no variant with Kafka');
  }
  const receiver = await startVariant(kafka, { secret, directory, core: 0 });
  const bodies = join(directory, 'bodies');
  writeBodies(bodies, { batchSize: 1, count: 5_000, secret });
  await measure(receiver, { bodies, connections: 512, seconds: 3 });
  const top = await measure(receiver, { bodies, connections: 512, seconds: 5 });
  const requestsPerSecond = top?.requestsPerSecond ?? 0;
  const rate = Math.max(1, Math.floor(requestsPerSecond / 2));
  process.stdout.write(`top rate ${Math.round(requestsPerSecond)} requests/s, measured at ${rate}\n\n`);
  process.stdout.write(
    '| round | receiver p50 ms | receiver p99 ms | broker p50 ms | broker p99 ms | p99 ratio |\n',
  );
  process.stdout.write('|---|---|---|---|---|---|\n');
  for (let round = 1; round <= rounds; round += 1) {
    const probe = startProbe(cluster.bootstrap);
    const report = await simulate(receiver.url, rate);
    const broker = await probe.stop();
    const p99 = report.latencyMs.p99;
    const cells = [round, report.latencyMs.p50, p99, broker.p50, broker.p99, p99 / broker.p99];
    process.stdout.write(
      `| ${cells.map((cell, index) => (index === 0 ? cell : cell.toFixed(2))).join(' | ')} |\n`,
    );
  }
  await receiver.stop();
} finally {
  await cluster.stop();
  rmSync(directory, { recursive: true, force: true });
}

interface Percentiles {
  readonly p50: number;
  readonly p99: number;
}

/** Open loop: times run from the moment that a delivery was due. */
async function simulate(url: string, rate: number): Promise<{ readonly latencyMs: Percentiles }> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      command,
      'send',
      '--simulate',
      '--json',
      '--url',
      `${url}/webhook`,
      '--rate',
      String(rate),
      '--duration',
      `${secondsPerRound}s`,
      '--concurrency',
      '512',
    ],
    { env: { ...process.env, WEBHOOK_SECRET: secret } },
  );
  return JSON.parse(stdout) as { latencyMs: Percentiles };
}

/** Sends one record after the other to a partition of its own and keeps the time to each acknowledgement. */
function startProbe(bootstrap: string): { stop(): Promise<Percentiles> } {
  const [host = '', port = ''] = bootstrap.split(':');
  const link = createKafkajsBrokerLink({
    address: { host, port: Number(port) },
    connection: { brokers: [bootstrap], clientId: 'probe' },
    settings: defaultProduceSettings,
    logger: createLogger('silent'),
  });
  const times: number[] = [];
  const stopped = new AbortController();
  const done = (async () => {
    await link.connect();
    while (!stopped.signal.aborted) {
      const startedAt = performance.now();
      await link.produce([
        { topic: probeTopic, partition: 0, records: [createRecord(probeTopic, 'key', 700)] },
      ]);
      times.push(performance.now() - startedAt);
    }
    link.close();
  })();
  return {
    async stop(): Promise<Percentiles> {
      stopped.abort();
      await done;
      const sorted = times.toSorted((one, other) => one - other);
      const at = (share: number) => sorted[Math.floor(sorted.length * share)] ?? Number.NaN;
      return { p50: at(0.5), p99: at(0.99) };
    },
  };
}
