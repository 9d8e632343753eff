import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { createIntegerParser, parsePositiveNumber } from '../../../src/commands/option-parsers.ts';
import { createSeededRandom } from '../../../src/tools/provider/simulator/seeded-random.ts';
import { createAmqpProxy } from '../../support/rabbitmq/amqp-proxy.ts';
import { startRabbitMqCluster } from '../../support/rabbitmq/rabbitmq-cluster.ts';
import { isControl, type Row, toRoundLines, toRoundTable, toSummary } from '../round-table.ts';
import { seedOption } from '../seed-option.ts';
import { type FaultyRabbitMq, findRabbitMqFault, healRabbitMq, rabbitMqFaults } from './rabbitmq-faults.ts';
import { type RabbitMqRoundSpec, runRabbitMqRound } from './rabbitmq-round.ts';

interface Options {
  readonly rounds?: number;
  readonly faults?: string;
  readonly seconds?: number;
  readonly rate: number;
  readonly seed: number;
  readonly logDir?: string;
}

const atLeastOne = createIntegerParser(1, 1_000_000);
const options = new Command('npm run test:faults -- --rabbitmq')
  .description(
    'Three clustered nodes of RabbitMQ in trouble, then what was answered against what is in the queues. Without an ' +
      'option: the short form. Exit code 1 when the receiver lost an acknowledged event.',
  )
  .option('--rounds <n>', 'the long form: every fault n times, with the usual way beside it', atLeastOne)
  .option('--faults <a,b>', 'only these faults (parts of their names), each in a round of its own')
  .option('--seconds <n>', 'how long each lasts; 6, in the short form 3', parsePositiveNumber)
  .option('--rate <n>', 'requests a second', atLeastOne, 200)
  .addOption(seedOption())
  .option('--log-dir <dir>', "keeps the log of each round's service")
  .parse()
  .opts<Options>();

const isShort = options.faults === undefined && options.rounds === undefined;

function round(
  seed: number,
  names: readonly string[],
  service: RabbitMqRoundSpec['service'] = 'receiver',
): RabbitMqRoundSpec {
  const { seconds = isShort ? 3 : 6, rate: requestsPerSecond } = options;
  return { seed, service, faults: names.map(findRabbitMqFault), faultMs: 1_000 * seconds, requestsPerSecond };
}

function plan(): RabbitMqRoundSpec[] {
  const { seed, rounds, faults } = options;
  if (!isShort) {
    const names = faults?.split(',') ?? rabbitMqFaults.map(({ name }) => name);
    return Array.from({ length: rounds ?? 1 }, (_, index) => index).flatMap((index) =>
      names.flatMap((name) => [round(seed + index, [name]), round(seed + index, [name], 'usual')]),
    );
  }
  return [
    round(seed, ['connections cut', 'kill -9 the leader'], 'usual'),
    round(seed, ['connections cut', 'kill -9 the leader']),
    round(seed, ['freeze the leader', 'connection cut']),
    round(seed, ['memory alarm', 'kill -9 the receiver']),
    round(seed, ['kill -9 all nodes', 'connection silent']),
  ];
}

async function runAll(rabbitMq: FaultyRabbitMq): Promise<{ rows: Row[]; broken: number }> {
  const { logDir } = options;
  const specs = plan();
  const rows: Row[] = [];
  let broken = 0;
  for (const [index, spec] of specs.entries()) {
    const { service, seed } = spec;
    const what = spec.faults.map(({ name }) => name).join(' + ');
    process.stderr.write(`${index + 1}/${specs.length} ${service}, seed ${seed}: ${what}\n`);
    const logFile = logDir && join(logDir, `rabbitmq-${index + 1}.log`);
    try {
      const result = await runRabbitMqRound(rabbitMq, { ...spec, logFile });
      process.stderr.write(`${toRoundLines(result, !isControl(service)).join('\n')}\n`);
      rows.push({ ...result, label: String(index + 1), service, seed, what });
    } catch (error) {
      // Not a verdict on the service: the round could not be judged. It counts as a failure all the same.
      broken += 1;
      process.stderr.write(`  ! the round broke: ${error instanceof Error ? error.stack : String(error)}\n`);
      await healRabbitMq(rabbitMq);
    }
  }
  return { rows, broken };
}

async function main(): Promise<boolean> {
  const { seed, logDir } = options;
  process.stderr.write(`seed ${seed}; starting RabbitMQ\n`);
  if (logDir !== undefined) {
    await mkdir(logDir, { recursive: true });
  }
  const cluster = await startRabbitMqCluster({ nodes: 3 });
  try {
    const random = createSeededRandom(seed);
    const proxies = await Promise.all(cluster.nodes.map(({ port }) => createAmqpProxy(port, random)));
    const { rows, broken } = await runAll({ cluster, proxies });
    const { text, isGood } = toSummary(rows, broken);
    process.stdout.write(`${toRoundTable(rows)}\n${text}`);
    return isGood;
  } finally {
    await cluster.stop();
  }
}

// Whatever a cut connection left behind must not keep the process.
process.exit((await main()) ? 0 : 1);
