// The table of docs/sizing.md, from measured figures. It measures nothing itself.
import { Command } from 'commander';
import { parsePositiveNumber } from '../../../src/commands/option-parsers.ts';
import { type EventCost, planSize } from './plan-size.ts';

const options = new Command('npm run bench:sizing --')
  .description('Pods, partitions, brokers, network and disk for some rates, from measured figures.')
  .option('--single-cpu <µs>', 'CPU time of a single event', parsePositiveNumber, 50)
  .option('--batch-cpu <µs>', 'of an event in a batch of 500', parsePositiveNumber, 7)
  .option('--body <bytes>', 'of an event', parsePositiveNumber, 887)
  .option('--single-log <bytes>', 'in the log, of a single event', parsePositiveNumber, 1_300)
  .option('--batch-log <bytes>', 'of an event in a batch of 500', parsePositiveNumber, 1_280)
  .option('--single-zstd <bytes>', 'in the log with zstd, of a single event', parsePositiveNumber, 430)
  .option('--batch-zstd <bytes>', 'of an event in a batch of 500', parsePositiveNumber, 210)
  .option('--cores <n>', 'used of a pod', parsePositiveNumber, 0.7)
  .option('--replicas <n>', 'of each partition', parsePositiveNumber, 3)
  .option('--days <n>', 'of retention', parsePositiveNumber, 7)
  .option('--broker <MB/s>', 'that a broker writes', parsePositiveNumber, 100)
  .option('--partition <MB/s>', 'that a partition has at most', parsePositiveNumber, 5)
  .parse()
  .opts<Record<string, number>>();

/** Two digits that count. */
const round = (value: number) => Number(value.toPrecision(2)).toLocaleString('en');
const option = (name: string) => options[name] as number;
const printRow = (cells: readonly (string | number)[]) => process.stdout.write(`| ${cells.join(' | ')} |\n`);
const assumed = {
  coresAPod: option('cores'),
  replicationFactor: option('replicas'),
  retentionDays: option('days'),
  brokerMbPerSecond: option('broker'),
  partitionMbPerSecond: option('partition'),
};
const rows: readonly (readonly [string, EventCost])[] = (['single', 'batch'] as const).flatMap((kind) =>
  (['Log', 'Zstd'] as const).map((log): readonly [string, EventCost] => [
    `${kind === 'single' ? 'singles' : 'batches of 500'}${log === 'Log' ? '' : ', zstd'}`,
    { cpuUs: option(`${kind}Cpu`), bodyBytes: option('body'), logBytes: option(kind + log) },
  ]),
);
const titles = [
  ...['events/s', 'sent as', 'cores', 'pods', 'partitions', 'brokers', 'bodies in, MB/s'],
  ...['to the leaders, MB/s', 'written by all brokers, MB/s', 'disk of all brokers, TB'],
];
printRow(titles);
printRow(titles.map(() => '---'));
for (const rate of [1_000, 100_000, 1_000_000]) {
  for (const [name, cost] of rows) {
    const size = planSize(rate, cost, assumed);
    printRow([
      ...[rate.toLocaleString('en'), name, round(size.cores), size.pods, size.partitions],
      ...[size.brokers, round(size.inMbPerSecond), round(size.toLeadersMbPerSecond)],
      ...[round(size.writtenMbPerSecond), round(size.diskTb)],
    ]);
  }
}
