// Time to answer, by default at half of the top rate, beside the broker's own time to acknowledge one record at the same moment.
import { mkdtempSync, rmSync } from 'node:fs';
import { setPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { parsePositiveNumber } from '../../src/commands/option-parsers.ts';
import { startKafkaCluster } from '../support/kafka/kafka-cluster.ts';
import { createTopic } from '../support/kafka/topics.ts';
import { startBrokerProbe } from './broker-probe.ts';
import { buildGoPeer } from './build-go-peer.ts';
import { type Buckets, quantileBetween, readHistogram } from './histogram.ts';
import { measure } from './measure.ts';
import { measureOpenLoop } from './measure-open-loop.ts';
import { parseCount } from './option-parsers.ts';
import { createVariants, findVariant, otherReceiver, type RunningVariant, startVariant } from './variants.ts';
import { benchSecret as secret, writeBodies } from './write-bodies.ts';

interface Options {
  readonly rounds: number;
  readonly seconds: number;
  readonly connections: number;
  readonly rate?: number;
  readonly other?: string;
  readonly memory?: number;
}

const options = new Command('npm run bench:latency --')
  .description(
    "Time to answer singles, by default at half of the receiver's top rate, beside the broker's own and other servers.",
  )
  .option('--rounds <n>', 'after one that warms up', parseCount, 5)
  .option('--seconds <n>', 'of each round', parsePositiveNumber, 20)
  .option('--connections <n>', 'of the sender', parseCount, 64)
  .option('--rate <n>', "requests a second instead of half of the receiver's top rate", parseCount)
  .option('--other <directory>', 'another checkout, with its node_modules, beside this one')
  .option('--memory <n>', 'each server has n MiB, as in a container; needs root', parseCount)
  .parse()
  .opts<Options>();
const topics = { topic: 'bench.events', deadLetterTopic: 'bench.dead-letter' };
const probeTopic = 'bench.probe';
const histograms = [
  'comapi_webhook_request_duration_seconds',
  'comapi_webhook_store_produce_duration_seconds',
];

/** What is measured in turn with the receiver, at the same rate. */
const beside = ['bare node:http', 'Go peer', otherReceiver];

const directory = mkdtempSync(join(tmpdir(), 'comapi-webhook-latency-'));
const bodies = join(directory, 'bodies');
const cluster = await startKafkaCluster({ nodes: 1 });
try {
  await createTopic(cluster.bootstrap, topics.topic, { partitions: 12 });
  await createTopic(cluster.bootstrap, topics.deadLetterTopic);
  await createTopic(cluster.bootstrap, probeTopic);
  const goPeer = await buildGoPeer();
  const variants = createVariants({ brokers: cluster.bootstrap, ...topics, goPeer, other: options.other });
  const core = { secret, directory, core: 0, memoryMib: options.memory };
  const receiver = await startVariant(findVariant(variants, 'receiver, Kafka'), core);
  const running = [receiver];
  for (const variant of variants.filter(({ name }) => beside.includes(name))) {
    running.push(await startVariant(variant, core));
  }
  writeBodies(bodies, { batchSize: 1, count: 5_000, secret });
  await measure(receiver, { bodies, connections: 512, seconds: 5 });
  const top = await measure(receiver, { bodies, connections: 512, seconds: 5 });
  if (top === undefined) {
    throw new Error('The receiver answered nothing: there is no top rate');
  }
  const rate = options.rate ?? Math.floor(top.requestsPerSecond / 2);
  process.stdout.write(`top rate ${Math.round(top.requestsPerSecond)} requests/s, measured at ${rate}\n\n`);
  process.stdout.write(
    "| variant | round | sent to answer p50 ms | p99 ms | due to answer p99 ms | sender late p99 ms | receiver's own p99 ms | its produce requests p99 ms | broker p50 ms | broker p99 ms | p99 ratio |\n",
  );
  process.stdout.write('|---|---|---|---|---|---|---|---|---|---|---|\n');
  preferSender();
  // Round 0 warms up the sender and the variants at this rate.
  for (let round = 0; round <= options.rounds; round += 1) {
    for (const variant of running) {
      const cells = await measureRound(variant, rate);
      if (round > 0) {
        process.stdout.write(`| ${[variant.name, round, ...cells].join(' | ')} |\n`);
      }
    }
  }
  for (const variant of running) {
    await variant.stop();
  }
} finally {
  await cluster.stop();
  rmSync(directory, { recursive: true, force: true });
}

async function measureRound(variant: RunningVariant, requestsPerSecond: number): Promise<string[]> {
  const before = await readHistograms(variant);
  const probe = await startBrokerProbe(cluster.bootstrap, probeTopic);
  const { requests, failures, sentToAnswerMs, dueToAnswerMs, senderLateMs } = await measureOpenLoop({
    ...{ url: variant.url, bodies, requestsPerSecond },
    ...{ connections: options.connections, seconds: options.seconds },
  });
  const broker = await probe.stop();
  const after = await readHistograms(variant);
  if (failures > 0) {
    process.stderr.write(`${variant.name}: ${failures} of ${requests} requests failed\n`);
    process.exitCode = 1;
  }
  const own = after.map((buckets, index) => {
    const [lower, upper] = quantileBetween(before[index] ?? new Map(), buckets, 0.99);
    return `${lower * 1000}–${upper * 1000}`;
  });
  return [
    ...[sentToAnswerMs.p50, sentToAnswerMs.p99, dueToAnswerMs.p99, senderLateMs.p99].map(toCell),
    ...(own.length > 0 ? own : histograms.map(() => '')),
    ...[broker.p50, broker.p99, sentToAnswerMs.p99 / broker.p99].map(toCell),
  ];
}

function toCell(value: number): string {
  return value.toFixed(2);
}

/** None of a variant that has no metrics. */
async function readHistograms({ managementUrl }: RunningVariant): Promise<readonly Buckets[]> {
  return managementUrl === undefined
    ? []
    : Promise.all(histograms.map((name) => readHistogram(managementUrl, name)));
}

/** The broker's threads share the sender's core: a sender that waits for them sends bursts, and measures its own wait. */
function preferSender(): void {
  try {
    setPriority(-10);
  } catch {
    process.stderr.write('may not raise the priority of the sender: look at how late it was\n');
  }
}
