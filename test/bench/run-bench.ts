import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { loadReceiverConfig } from '../../src/config/receiver-config.ts';
import { startKafkaCluster } from '../support/kafka/kafka-cluster.ts';
import { createTopic } from '../support/kafka/topics.ts';
import { toBenchTable } from './bench-table.ts';
import { measure, type Sample } from './measure.ts';
import { parseCount, parseCounts } from './option-parsers.ts';
import { startShortRabbitMq } from './short-rabbitmq.ts';
import { startTrimmedRedis } from './trimmed-redis.ts';
import { createVariants, startVariant } from './variants.ts';
import { writeBodies } from './write-bodies.ts';

interface Options {
  readonly rounds: number;
  readonly seconds: number;
  readonly connections: readonly number[];
  readonly batches: readonly number[];
  readonly variants: string;
  readonly memory?: number;
}

const options = new Command('npm run bench --')
  .description(
    'What a delivery costs, beside bare node:http and the usual way of writing such a receiver: a table.',
  )
  .option('--rounds <n>', 'alternating, after one that warms up', parseCount, 5)
  .option('--seconds <n>', 'whole ones, of each variant and shape in a round', parseCount, 3)
  .option('--connections <a,b>', 'under load at once', parseCounts, [1, 64, 512])
  .option('--batches <a,b>', 'events a body', parseCounts, [1, 100, 500])
  .option('--variants <text>', 'only those with this in their name', '')
  .option('--memory <n>', 'each process has n MiB, as in a container; needs root', parseCount)
  .parse()
  .opts<Options>();

/** So many events are under way at once that the first answers come late: long enough to see more than those. */
function secondsToFill({ connections, batchSize }: { connections: number; batchSize: number }): number {
  return Math.ceil((connections * batchSize * 30) / 1e6);
}

const secret = 'f946b0e7-5fe9-4f57-9d8f-62b3ac0b4a13';
const measuredCore = 0;
/** What is more than that under way at once is to be refused. */
const { maxInFlightBytes } = loadReceiverConfig({}).http;
const topics = { topic: 'bench.events', deadLetterTopic: 'bench.dead-letter' };

const directory = mkdtempSync(join(tmpdir(), 'comapi-webhook-bench-'));
const cluster = await startKafkaCluster({
  nodes: 1,
  brokerConfig: { 'log.retention.check.interval.ms': '5000' },
});
const redis = await startTrimmedRedis(topics);
// It runs in namespaces of its own, which only root can make.
const rabbitMq = process.getuid?.() === 0 ? await startShortRabbitMq(topics) : undefined;
if (rabbitMq === undefined) {
  process.stderr.write('not root: the receiver on RabbitMQ is not measured\n');
}
try {
  const configs = {
    'retention.bytes': '50000000',
    'segment.bytes': '20000000',
    'max.message.bytes': '2000000',
  };
  await createTopic(cluster.bootstrap, topics.topic, { partitions: 12, configs });
  await createTopic(cluster.bootstrap, topics.deadLetterTopic, { configs });
  const stores = { Redis: redis.env, ...(rabbitMq && { RabbitMQ: rabbitMq.env }) };
  const wanted = createVariants({ brokers: cluster.bootstrap, ...topics, stores }).filter(({ name }) =>
    name.includes(options.variants),
  );
  if (wanted.length === 0) {
    throw new Error(`No variant has "${options.variants}" in its name`);
  }
  const shapes = options.batches.flatMap((batchSize) => {
    const bodies = join(directory, `bodies-${batchSize}`);
    const count = Math.max(20, Math.ceil(5_000 / batchSize));
    writeBodies(bodies, { batchSize, count, secret });
    const bodyBytes = statSync(bodies).size / count;
    return options.connections.map((connections) => ({
      ...{ batchSize, bodies, connections },
      isOverload: connections * bodyBytes > maxInFlightBytes,
    }));
  });
  const running = [];
  for (const variant of wanted) {
    running.push(
      await startVariant(variant, { secret, directory, core: measuredCore, memoryMib: options.memory }),
    );
  }
  const samples = new Map<string, Sample[]>();
  const { rounds } = options;
  for (let round = 0; round <= rounds; round += 1) {
    for (const shape of shapes) {
      for (const variant of running) {
        // Round 0 warms each variant up with each shape.
        const seconds = Math.max(round === 0 ? 3 : options.seconds, secondsToFill(shape));
        const sample = await measure(variant, { ...shape, seconds });
        const key = `${variant.name}|${shape.batchSize}|${shape.connections}`;
        samples.set(
          key,
          round === 0 || sample === undefined
            ? (samples.get(key) ?? [])
            : [...(samples.get(key) ?? []), sample],
        );
      }
    }
    process.stderr.write(`round ${round} of ${rounds} done\n`);
  }
  process.stdout.write(toBenchTable(running, shapes, samples));
  for (const { batchSize, connections } of shapes.filter(({ isOverload }) => !isOverload)) {
    for (const { name } of running.filter((variant) => variant.name.startsWith('receiver'))) {
      const own = samples.get(`${name}|${batchSize}|${connections}`) ?? [];
      if (own.length < rounds || own.some(({ failedShare }) => failedShare > 0)) {
        process.stderr.write(
          `${name}, batches of ${batchSize}, ${connections} connections: requests failed\n`,
        );
        process.exitCode = 1;
      }
    }
  }
  for (const variant of running) {
    await variant.stop();
  }
} finally {
  await cluster.stop();
  await redis.stop();
  await rabbitMq?.stop();
  rmSync(directory, { recursive: true, force: true });
}
