// Time to answer at half of the top rate, beside the broker's own time to acknowledge one record at the same moment.
import { mkdtempSync, rmSync } from 'node:fs';
import { setPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { parsePositiveNumber } from '../../src/commands/option-parsers.ts';
import { createBrokerConnection } from '../../src/kafka/cluster/broker-connection.ts';
import { defaultProduceSettings } from '../../src/kafka/produce/produce-settings.ts';
import {
  createLatencyHistogram,
  type LatencyReport,
} from '../../src/provider/simulator/latency-histogram.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import { startKafkaCluster } from '../support/kafka/kafka-cluster.ts';
import { createTopic } from '../support/kafka/topics.ts';
import { createRecord } from '../support/kafka-sink.ts';
import { quantileBetween, readHistogram } from './histogram.ts';
import { measure } from './measure.ts';
import { measureOpenLoop } from './measure-open-loop.ts';
import { parseCount } from './option-parsers.ts';
import { createVariants, findVariant, startVariant } from './variants.ts';
import { benchSecret as secret, writeBodies } from './write-bodies.ts';

interface Options {
  readonly rounds: number;
  readonly seconds: number;
  readonly connections: number;
  readonly memory?: number;
}

const options = new Command('npm run bench:latency --')
  .description("Time to answer singles at half of the top rate, beside the broker's own.")
  .option('--rounds <n>', 'after one that warms up', parseCount, 5)
  .option('--seconds <n>', 'of each round', parsePositiveNumber, 20)
  .option('--connections <n>', 'of the sender', parseCount, 64)
  .option('--memory <n>', 'the receiver has n MiB, as in a container; needs root', parseCount)
  .parse()
  .opts<Options>();
const topics = { topic: 'bench.events', deadLetterTopic: 'bench.dead-letter' };
const probeTopic = 'bench.probe';
const probeIntervalMs = 5;
const histograms = [
  'comapi_webhook_request_duration_seconds',
  'comapi_webhook_kafka_produce_duration_seconds',
];

const directory = mkdtempSync(join(tmpdir(), 'comapi-webhook-latency-'));
const cluster = await startKafkaCluster({ nodes: 1 });
try {
  await createTopic(cluster.bootstrap, topics.topic, { partitions: 12 });
  await createTopic(cluster.bootstrap, topics.deadLetterTopic);
  await createTopic(cluster.bootstrap, probeTopic);
  const kafka = findVariant(createVariants({ brokers: cluster.bootstrap, ...topics }), 'receiver, Kafka');
  const receiver = await startVariant(kafka, {
    ...{ secret, directory, core: 0 },
    memoryMib: options.memory,
  });
  const { managementUrl = '' } = receiver;
  const readHistograms = () => Promise.all(histograms.map((name) => readHistogram(managementUrl, name)));
  const bodies = join(directory, 'bodies');
  writeBodies(bodies, { batchSize: 1, count: 5_000, secret });
  await measure(receiver, { bodies, connections: 512, seconds: 5 });
  const top = await measure(receiver, { bodies, connections: 512, seconds: 5 });
  if (top === undefined) {
    throw new Error('The receiver answered nothing: there is no top rate');
  }
  const rate = Math.floor(top.requestsPerSecond / 2);
  const load = {
    url: receiver.url,
    bodies,
    requestsPerSecond: rate,
    connections: options.connections,
  };
  process.stdout.write(`top rate ${Math.round(top.requestsPerSecond)} requests/s, measured at ${rate}\n\n`);
  process.stdout.write(
    "| round | sent to answer p50 ms | p99 ms | due to answer p99 ms | sender late p99 ms | receiver's own p99 ms | its produce requests p99 ms | broker p50 ms | broker p99 ms | p99 ratio |\n",
  );
  process.stdout.write('|---|---|---|---|---|---|---|---|---|---|\n');
  preferSender();
  // A round that is not told warms up the sender and the receiver at this rate.
  await measureOpenLoop({ ...load, seconds: options.seconds });
  for (let round = 1; round <= options.rounds; round += 1) {
    const before = await readHistograms();
    const probe = await startProbe(cluster.bootstrap);
    const { requests, failures, sentToAnswerMs, dueToAnswerMs, senderLateMs } = await measureOpenLoop({
      ...load,
      seconds: options.seconds,
    });
    const broker = await probe.stop();
    const after = await readHistograms();
    const own = histograms.map((_, index) => {
      const [lower, upper] = quantileBetween(before[index] ?? new Map(), after[index] ?? new Map(), 0.99);
      return `${lower * 1000}–${upper * 1000}`;
    });
    const cells = [
      round,
      sentToAnswerMs.p50.toFixed(2),
      sentToAnswerMs.p99.toFixed(2),
      dueToAnswerMs.p99.toFixed(2),
      senderLateMs.p99.toFixed(2),
      ...own,
      broker.p50.toFixed(2),
      broker.p99.toFixed(2),
      (sentToAnswerMs.p99 / broker.p99).toFixed(2),
    ];
    process.stdout.write(`| ${cells.join(' | ')} |\n`);
    if (failures > 0) {
      process.stderr.write(`${failures} of ${requests} requests failed\n`);
      process.exitCode = 1;
    }
  }
  await receiver.stop();
} finally {
  await cluster.stop();
  rmSync(directory, { recursive: true, force: true });
}

/** The broker's threads share the sender's core: a sender that waits for them sends bursts, and measures its own wait. */
function preferSender(): void {
  try {
    setPriority(-10);
  } catch {
    process.stderr.write('may not raise the priority of the sender: look at how late it was\n');
  }
}

/**
 * Sends a record to a partition of its own at a constant rate, beside the load, and keeps the time to each acknowledgement.
 * It does not wait for one before it sends the next: a broker that stands still must count as often here as it does for
 * the deliveries.
 */
async function startProbe(bootstrap: string): Promise<{ stop(): Promise<LatencyReport> }> {
  const [host = '', port = ''] = bootstrap.split(':');
  const connection = createBrokerConnection({
    address: { host, port: Number(port) },
    connection: { brokers: [bootstrap], clientId: 'probe' },
    settings: defaultProduceSettings,
    logger: createLogger('silent'),
  });
  await connection.connect();
  const times = createLatencyHistogram();
  const pending = new Set<Promise<void>>();

  async function probe(): Promise<void> {
    const sentAt = performance.now();
    const records = [createRecord(probeTopic, 'key', 700)];
    await connection.produce([{ topic: probeTopic, partition: 0, records }]);
    times.add(performance.now() - sentAt);
  }

  const timer = setInterval(() => {
    const own = probe().finally(() => pending.delete(own));
    pending.add(own);
  }, probeIntervalMs);
  return {
    async stop(): Promise<LatencyReport> {
      clearInterval(timer);
      await Promise.all(pending);
      connection.close();
      return times.report();
    },
  };
}
