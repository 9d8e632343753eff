import { setTimeout as delay } from 'node:timers/promises';
import { Command } from 'commander';
import { createIntegerParser } from '../../../src/commands/option-parsers.ts';
import { toFilterEnv } from '../../support/filter/filter-env.ts';
import { createFilterTopics } from '../../support/filter/filter-topics.ts';
import { type KafkaCluster, startKafkaCluster } from '../../support/kafka/kafka-cluster.ts';
import { withAdmin } from '../../support/kafka/topics.ts';
import { cpuSeconds, residentMib } from '../../support/process-counters.ts';
import { parseCount, parseCounts } from '../option-parsers.ts';
import { fillEvents } from './fill-events.ts';
import { type MeasuredFilter, startMeasuredFilter } from './measured-filter.ts';

interface Options {
  readonly events: number;
  readonly rounds: number;
  readonly partitions: readonly number[];
  readonly entities: number;
}

const options = new Command('npm run bench:filter --')
  .description('Events a second through the revision filter, and restoring its state.')
  .option('--events <n>', 'of each throughput run; 0 leaves it out', createIntegerParser(0, 1e9), 400_000)
  .option('--rounds <n>', 'of each shape', parseCount, 3)
  .option('--partitions <a,b>', 'of its topics', parseCounts, [1, 12])
  .option(
    '--entities <n>',
    'of the restore, one partition; 0 leaves it out',
    createIntegerParser(0, 1e9),
    1_000_000,
  )
  .parse()
  .opts<Options>();

const measuredCore = 0;
const valueBytes = 500;

interface Shape {
  readonly name: string;
  readonly revisionsPerEntity: number;
  readonly isReversed: boolean;
}

const shapes: readonly Shape[] = [
  { name: 'all forwarded', revisionsPerEntity: 4, isReversed: false },
  { name: 'three of four obsolete', revisionsPerEntity: 4, isReversed: true },
];

async function whenCounted(filter: MeasuredFilter, name: string, count: number): Promise<void> {
  while ((await filter.metric(`comapi_webhook_filter_${name}`)) < count) {
    await delay(100);
  }
}

async function measureThroughput(cluster: KafkaCluster, partitions: number, shape: Shape): Promise<void> {
  const { bootstrap } = cluster;
  const count = options.events;
  const topics = await createFilterTopics(bootstrap, { partitions });
  await fillEvents({ bootstrap, topic: topics.events, partitions, count, valueBytes, ...shape });
  for (let round = 1; round <= options.rounds; round += 1) {
    const group = `round-${round}`;
    const latest = `${topics.latest}-${round}`;
    await withAdmin(bootstrap, (admin) =>
      admin.createTopics({
        waitForLeaders: false,
        topics: [
          {
            topic: latest,
            numPartitions: partitions,
            configEntries: [{ name: 'cleanup.policy', value: 'compact' }],
          },
        ],
      }),
    );
    const env = {
      ...toFilterEnv(bootstrap, { ...topics, latest }),
      FILTER_GROUP_ID: `${topics.events}-${group}`,
    };
    const filter = await startMeasuredFilter(env, measuredCore);
    // The first tenth warms it up.
    await whenCounted(filter, 'records_total', count / 10);
    const [first, startedAt, cpuBefore] = [
      await filter.metric('comapi_webhook_filter_records_total'),
      performance.now(),
      cpuSeconds(filter.pid),
    ];
    await whenCounted(filter, 'records_total', count);
    const seconds = (performance.now() - startedAt) / 1000;
    const events = count - first;
    const cpuUs = ((cpuSeconds(filter.pid) - cpuBefore) * 1e6) / events;
    const transactions = await filter.metric('comapi_webhook_filter_transactions_total');
    process.stdout.write(
      `| ${shape.name} | ${partitions} | ${Math.round(events / seconds)} | ${cpuUs.toFixed(1)} | ${Math.round(count / transactions)} | ${residentMib(filter.pid).toFixed(0)} |\n`,
    );
    await filter.stop();
    await withAdmin(bootstrap, (admin) => admin.deleteTopics({ topics: [latest] }));
  }
  await withAdmin(bootstrap, (admin) => admin.deleteTopics({ topics: Object.values(topics) as string[] }));
}

/** Lets one filter write the state, another one read it back. */
async function measureRestore(cluster: KafkaCluster): Promise<void> {
  const { bootstrap } = cluster;
  const count = options.entities;
  const topics = await createFilterTopics(bootstrap, { partitions: 1 });
  const env = toFilterEnv(bootstrap, topics);
  const fill = { bootstrap, topic: topics.events, partitions: 1, valueBytes };
  await fillEvents({ ...fill, count, revisionsPerEntity: 1, isReversed: false });
  const writer = await startMeasuredFilter(env, measuredCore);
  await whenCounted(writer, 'records_total', count);
  const writerMib = residentMib(writer.pid);
  await writer.stop();
  const reader = await startMeasuredFilter(env, measuredCore);
  await whenCounted(reader, 'tracked_entities', count);
  const cpu = cpuSeconds(reader.pid);
  const seconds = reader.restored.reduce((sum, said) => sum + Number(said.seconds), 0);
  await delay(2_000);
  process.stdout.write(
    `\nrestore of ${count} entities: ${seconds.toFixed(1)} s, ${cpu.toFixed(1)} CPU seconds with its start, ${residentMib(reader.pid).toFixed(0)} MiB resident after it (${writerMib.toFixed(0)} MiB in the filter that wrote them)\n`,
  );
  await reader.stop();
}

const cluster = await startKafkaCluster({ nodes: 1 });
try {
  if (options.events > 0) {
    process.stdout.write(
      '| events | partitions | events/s | CPU µs an event | events a transaction | resident MiB |\n|---|---|---|---|---|---|\n',
    );
    for (const partitions of options.partitions) {
      for (const shape of shapes) {
        await measureThroughput(cluster, partitions, shape);
      }
    }
  }
  if (options.entities > 0) {
    await measureRestore(cluster);
  }
} finally {
  await cluster.stop();
}
