import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { createIntegerParser, parsePositiveNumber } from '../../../src/commands/option-parsers.ts';
import { type Row, toRoundLines, toRoundTable } from '../round-table.ts';
import { seedOption } from '../seed-option.ts';
import { findRedisFault, redisFaults } from './redis-faults.ts';
import { type RedisRoundSpec, runRedisRound } from './redis-round.ts';

interface Options {
  readonly rounds?: number;
  readonly faults?: string;
  readonly seconds?: number;
  readonly rate: number;
  readonly seed: number;
  readonly logDir?: string;
}

const atLeastOne = createIntegerParser(1, 1_000_000);
const options = new Command('npm run test:faults -- --redis')
  .description(
    'A Valkey primary with a replica in trouble, then what was answered against what is in the streams. Without an ' +
      'option: the short form. Exit code 1 when an event that was promised was lost.',
  )
  .option('--rounds <n>', 'the long form: every fault n times, with both ways to sync', atLeastOne)
  .option('--faults <a,b>', 'only these faults (parts of their names), each in a round of its own')
  .option('--seconds <n>', 'how long each lasts; 5, in the short form 3', parsePositiveNumber)
  .option('--rate <n>', 'requests a second', atLeastOne, 200)
  .addOption(seedOption())
  .option('--log-dir <dir>', "keeps the log of each round's service")
  .parse()
  .opts<Options>();

const failover = 'failover';
const isShort = options.faults === undefined && options.rounds === undefined;
const { seconds = isShort ? 3 : 5 } = options;

function round(
  seed: number,
  names: readonly string[],
  changes: Partial<RedisRoundSpec> = {},
): RedisRoundSpec {
  return {
    seed,
    service: 'receiver',
    faults: names.map(findRedisFault),
    faultMs: 1_000 * seconds,
    appendfsync: 'everysec',
    replicas: 1,
    requestsPerSecond: options.rate,
    ...changes,
  };
}

function plan(): RedisRoundSpec[] {
  const { seed, rounds, faults } = options;
  if (!isShort) {
    const names = faults?.split(',') ?? redisFaults.map(({ name }) => name);
    return Array.from({ length: rounds ?? 1 }, (_, index) => index).flatMap((index) =>
      names.flatMap((name) => [
        ...(['always', 'everysec'] as const).map((appendfsync) =>
          round(seed + index, [name], { appendfsync }),
        ),
        round(seed + index, [name], { service: 'usual', replicas: 0 }),
      ]),
    );
  }
  return [
    round(seed, [failover], { service: 'usual', replicas: 0 }),
    round(seed, [failover]),
    round(seed, ['kill -9 the primary', 'kill -9 the receiver'], { appendfsync: 'always', replicas: 0 }),
    round(seed, ['connection cut', 'freeze the replica']),
    round(seed, ['disk of the primary full'], { replicas: 0 }),
  ];
}

/** A failover without waiting for replicas loses what the replica did not have: that is said, and shown. */
function isPromised({ faults, replicas, service }: RedisRoundSpec): boolean {
  return service === 'receiver' && (replicas > 0 || !faults.some(({ name }) => name.startsWith(failover)));
}

async function run(spec: RedisRoundSpec, label: string): Promise<Row> {
  const { logDir } = options;
  const { service, replicas, appendfsync, seed } = spec;
  const what = `${spec.faults.map(({ name }) => name).join(' + ')}; appendfsync ${appendfsync}, REDIS_REPLICAS ${service === 'usual' ? '–' : replicas}`;
  process.stderr.write(`${label}. ${service}: ${what}\n`);
  const logFile = logDir && join(logDir, `redis-${label}.log`);
  const result = await runRedisRound({ ...spec, logFile });
  process.stderr.write(`${label}. has ended\n${toRoundLines(result, isPromised(spec)).join('\n')}\n`);
  return { ...result, label, service, seed, what };
}

async function main(): Promise<boolean> {
  const { seed, logDir } = options;
  const specs = plan();
  process.stderr.write(`seed ${seed}, ${specs.length} rounds\n`);
  if (logDir !== undefined) {
    await mkdir(logDir, { recursive: true });
  }
  const rows: Row[] = [];
  const waiting = specs.entries();
  // Each round has servers of its own, and waits more than it works.
  async function runSome(): Promise<void> {
    for (const [index, spec] of waiting) {
      rows[index] = await run(spec, String(index + 1));
    }
  }
  await Promise.all(Array.from({ length: isShort ? 2 : 1 }, runSome));
  const promised = rows.filter((_, index) => {
    const spec = specs[index];
    return spec !== undefined && isPromised(spec);
  });
  process.stdout.write(toRoundTable(rows));
  const sum = (value: (row: Row) => number) => promised.reduce((total, row) => total + value(row), 0);
  const lost = sum((row) => row.lost.length);
  const violations = sum((row) => row.violations.length);
  process.stdout.write(
    `receiver, within what is promised: ${promised.length} rounds, ${sum((row) => row.acknowledgedEvents)} events acknowledged, ${lost} lost, ${violations} other violations\n`,
  );
  return lost + violations === 0;
}

// Whatever a cut connection left behind must not keep the process.
process.exit((await main()) ? 0 : 1);
