import { setTimeout as delay } from 'node:timers/promises';
import type { TopicNames } from '../../../src/config/topic-names.ts';
import { toFilterEnv } from '../../support/filter/filter-env.ts';
import { createFilterTopics } from '../../support/filter/filter-topics.ts';
import type { KafkaCluster } from '../../support/kafka/kafka-cluster.ts';
import { cpuSeconds, residentMib } from '../../support/process-counters.ts';
import { fillEvents } from './fill-events.ts';
import { type MeasuredFilter, startMeasuredFilter } from './measured-filter.ts';

interface StartOptions {
  /** Events topics, each with a filter; all filters start at once on one core. */
  readonly topics: number;
  readonly partitions: number;
  readonly rounds: number;
  readonly core: number;
  readonly nodeOptions: readonly string[];
}

const statesPerPartition = 3;

/** From new processes to ones that have every partition: without offsets of the group, then with offsets and states. */
export async function measureStart(cluster: KafkaCluster, options: StartOptions): Promise<void> {
  const { bootstrap } = cluster;
  const { partitions, rounds, core, nodeOptions } = options;
  const count = partitions * statesPerPartition;
  const all: TopicNames[] = [];
  for (let left = options.topics; left > 0; left -= 1) {
    all.push(await createFilterTopics(bootstrap, { partitions }));
  }
  process.stdout.write(
    '\n| start | topics | partitions of each | seconds | CPU seconds | resident MiB |\n|---|---|---|---|---|---|\n',
  );

  async function startOne(topics: TopicNames): Promise<MeasuredFilter> {
    const env = toFilterEnv(bootstrap, topics);
    const filter = await startMeasuredFilter(env, core, nodeOptions);
    while ((await filter.metric('comapi_webhook_filter_ready')) < 1) {
      await delay(100);
    }
    return filter;
  }

  async function measure(name: string): Promise<readonly MeasuredFilter[]> {
    const startedAt = performance.now();
    const filters = await Promise.all(all.map(startOne));
    const seconds = (performance.now() - startedAt) / 1000;
    const sum = (read: (pid: number) => number) => filters.reduce((total, { pid }) => total + read(pid), 0);
    process.stdout.write(
      `| ${name} | ${all.length} | ${partitions} | ${seconds.toFixed(1)} | ${sum(cpuSeconds).toFixed(1)} | ${sum(residentMib).toFixed(0)} |\n`,
    );
    return filters;
  }

  const first = await measure('new group');
  for (const [index, filter] of first.entries()) {
    const topic = all[index]?.events ?? '';
    const fill = { bootstrap, topic, partitions, count, valueBytes: 500 };
    await fillEvents({ ...fill, revisionsPerEntity: 1, isReversed: false });
    while ((await filter.metric('comapi_webhook_filter_records_total')) < count) {
      await delay(100);
    }
    await filter.stop();
  }
  for (let round = 1; round <= rounds; round += 1) {
    const filters = await measure('with states');
    await Promise.all(filters.map((filter) => filter.stop()));
  }
}
