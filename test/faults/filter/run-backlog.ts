import { setTimeout as delay } from 'node:timers/promises';
import { Command, Option } from 'commander';
import { createIntegerParser } from '../../../src/commands/option-parsers.ts';
import { toFilterEnv } from '../../support/filter/filter-env.ts';
import { createFilterTopics } from '../../support/filter/filter-topics.ts';
import { type CodecName, codecNames } from '../../support/kafka/compressed-batch.ts';
import { startKafkaCluster } from '../../support/kafka/kafka-cluster.ts';
import { withAdmin } from '../../support/kafka/topics.ts';
import { fillBacklog } from './fill-backlog.ts';
import { type LimitedFilter, startLimitedFilter } from './limited-filter.ts';

interface Options {
  readonly mib: number;
  readonly memory: number;
  readonly partitions: readonly number[];
  readonly codecs: readonly CodecName[];
}

const atLeastOne = createIntegerParser(1, 1_000_000);
const options = new Command('npm run test:backlog --')
  .description(
    'A revision filter on a backlog in the memory of a pod, for each codec and number of partitions. It has to get through ' +
      'in one process, and to serve. Needs root.',
  )
  .option('--mib <n>', 'of the backlog, decompressed', atLeastOne, 2048)
  .option('--memory <n>', 'MiB of the filter; the default is that of the chart', atLeastOne, 512)
  .option('--partitions <a,b>', 'of its topics', (text) => text.split(',').map(atLeastOne), [12, 100])
  .addOption(
    new Option('--codecs <a,b>', 'of the backlog')
      .argParser((text) => text.split(',') as CodecName[])
      .default([...codecNames]),
  )
  .parse()
  .opts<Options>();

/** Maximum time without progress, after which the run fails. */
const stallMs = 60_000;
const servesWithinMs = 10_000;

function printLine(text: string): void {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`);
}

const cluster = await startKafkaCluster({ nodes: 1 });
const port = Number(cluster.bootstrap.split(':')[1]);

async function whenFiltered(filter: LimitedFilter, count: number): Promise<void> {
  let [known, changedAt] = [-1, performance.now()];
  while (known < count) {
    await delay(200);
    const now = await filter.metric('comapi_webhook_filter_records_total');
    if (now > known) {
      [known, changedAt] = [now, performance.now()];
    } else if (performance.now() - changedAt > stallMs) {
      throw new Error(`stands still at ${known} of ${count}`);
    }
  }
}

interface Round {
  readonly name: string;
  readonly partitions: number;
  /**
   * Fills the topic.
   * @returns the number of records
   */
  readonly fill: (topic: string) => Promise<number>;
}

/** @returns whether the filter processed the backlog and then became ready */
async function run({ name, partitions, fill }: Round): Promise<boolean> {
  const topics = await createFilterTopics(cluster.bootstrap, { partitions });
  const records = await fill(topics.events);
  const env = toFilterEnv(cluster.bootstrap, topics);
  const startedAt = performance.now();
  let filter: LimitedFilter | undefined;
  try {
    filter = await startLimitedFilter(env, options.memory);
    await whenFiltered(filter, records);
    const seconds = (performance.now() - startedAt) / 1000;
    const servingAt = performance.now();
    const last = await fillBacklog({ port, topic: topics.events, partitions, codec: 'none', mib: 1 });
    await whenFiltered(filter, records + last.events);
    const servedMs = performance.now() - servingAt;
    printLine(
      `  through ${records} records in ${seconds.toFixed(1)} s, at most ${filter.peakMib().toFixed(0)} MiB`,
    );
    if (servedMs > servesWithinMs) {
      throw new Error(`serves after ${servedMs.toFixed(0)} ms`);
    }
    return true;
  } catch (error) {
    printLine(`  FAILED ${name}: ${String(error)}`);
    return false;
  } finally {
    await filter?.stop();
    await withAdmin(cluster.bootstrap, (admin) =>
      admin.deleteTopics({ topics: Object.values(topics) as string[] }),
    );
  }
}

async function fillWith(topic: string, partitions: number, codec: CodecName): Promise<number> {
  const { events, storedBytes } = await fillBacklog({ port, topic, partitions, codec, mib: options.mib });
  printLine(`  ${(storedBytes / 1024 / 1024).toFixed(0)} MiB where they are stored`);
  return events;
}

const results: boolean[] = [];
try {
  for (const partitions of options.partitions) {
    for (const codec of options.codecs) {
      const name = `${options.mib} MiB of events, ${codec}, ${partitions} partitions, in ${options.memory} MiB`;
      printLine(name);
      results.push(await run({ name, partitions, fill: (topic) => fillWith(topic, partitions, codec) }));
    }
  }
} finally {
  await cluster.stop();
}
const failed = results.filter((isGood) => !isGood).length;
printLine(`${results.length} rounds, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
