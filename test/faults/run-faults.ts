import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { createIntegerParser, parsePositiveNumber } from '../../src/commands/option-parsers.ts';
import { createSeededRandom } from '../../src/tools/provider/simulator/seeded-random.ts';
import { createMemoryLimit } from '../support/memory-limit.ts';
import { provideTool } from '../support/tools/provide-tool.ts';
import { diskFull } from './actions/disk-full.ts';
import { startFaultyKafka } from './faulty-kafka.ts';
import {
  exactly,
  findFaults,
  type PlannedRound,
  planAbuse,
  planRounds,
  planShort,
  usualDuration,
  usualRate,
} from './plan.ts';
import { runRound } from './round.ts';
import type { RoundResult } from './round-result.ts';
import { type Row, toRoundLines, toRoundTable, toSummary } from './round-table.ts';
import { seedOption } from './seed-option.ts';
import { createReceiver } from './services/create-receiver.ts';

interface Options {
  readonly rounds?: number;
  readonly abuse?: boolean;
  readonly faults?: string;
  readonly rate: number;
  readonly seconds?: number;
  readonly memory?: number;
  readonly seed: number;
  readonly logDir?: string;
}

const atLeastOne = createIntegerParser(1, 1_000_000);
const options = new Command('npm run test:faults --')
  .description(
    'Faults on a real Kafka of three brokers, then what was answered against what is stored. ' +
      'Without an option: the short form. ' +
      'Exit code 1 when the receiver lost an acknowledged event or broke another promise.',
  )
  .option('--rounds <n>', 'the long form: n rounds of one to three faults by lot', atLeastOne)
  .addOption(
    new Option('--abuse', 'each abuse of the HTTP side for a minute').conflicts(['rounds', 'faults']),
  )
  .option('--faults <a,b>', 'these faults (parts of their names) in each round')
  .option('--rate <n>', 'with --faults: requests a second', atLeastOne, usualRate)
  .option('--seconds <n>', 'how long each lasts (a fault: 4 to 8 by lot)', parsePositiveNumber)
  .option('--memory <n>', 'the receiver on Kafka has n MiB, as in a container; needs root', atLeastOne)
  .addOption(seedOption())
  .option('--log-dir <dir>', "keeps the log of each round's service")
  .parse()
  .opts<Options>();
const { seed, logDir } = options;
const enter = options.memory === undefined ? [] : createMemoryLimit(options.memory);

function printLine(text: string): void {
  process.stderr.write(`${text}\n`);
}

function plan(): PlannedRound[] {
  const { rate, rounds: count } = options;
  const faultMs = options.seconds === undefined ? undefined : exactly(options.seconds);
  if (options.faults !== undefined) {
    const faults = findFaults(...options.faults.split(','));
    return Array.from({ length: count ?? 1 }, (_, index) => ({
      ...{ seed: seed + index, faults },
      faultMs: faultMs ?? usualDuration,
      requestsPerSecond: rate,
    }));
  }
  const rounds = options.abuse
    ? planAbuse(seed)
    : count === undefined
      ? planShort(seed)
      : planRounds(seed, count);
  return rounds.map((round) => ({ ...round, faultMs: faultMs ?? round.faultMs }));
}

async function run(round: PlannedRound, kafka: Parameters<typeof runRound>[0]): Promise<RoundResult> {
  const tls = round.faults.some((fault) => fault.tls);
  return runRound(kafka, {
    ...round,
    logFile: logDir && join(logDir, `receiver-${round.seed}-${Date.now()}.log`),
    createService: (topics) => createReceiver(topics, { enter, tls }),
  });
}

async function main(): Promise<boolean> {
  await provideTool('kcat');
  if (process.platform !== 'linux') {
    throw new Error('The fault suite needs Linux: /proc for memory, namespaces for the full disk.');
  }
  const rounds = plan();
  printLine(`seed ${seed}, ${rounds.length} rounds; starting Kafka`);
  if (logDir !== undefined) {
    await mkdir(logDir, { recursive: true });
  }
  const rows: Row[] = [];
  let broken = 0;
  // If any round needs a disk that can be filled, every round gets such a disk, because it does not affect the other
  // rounds.
  const hasSmallDisk = rounds.some(({ faults }) => faults.includes(diskFull));
  let kafka = await startFaultyKafka(createSeededRandom(seed), hasSmallDisk);
  try {
    for (const [index, round] of rounds.entries()) {
      const what = round.faults.map((fault) => fault.name).join(' + ');
      printLine(`${index + 1}/${rounds.length} receiver, seed ${round.seed}: ${what}`);
      try {
        const result = await run(round, kafka);
        toRoundLines(result).forEach(printLine);
        rows.push({ ...result, label: String(index + 1), seed: round.seed, what });
      } catch (error) {
        // A round that could not be checked counts as a failure, although it shows no defect of the service.
        broken += 1;
        printLine(
          `  ! the round broke: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
        );
        await kafka.stop();
        kafka = await startFaultyKafka(createSeededRandom(seed + index), hasSmallDisk);
      }
    }
  } finally {
    await kafka.stop();
  }
  const { text, isGood } = toSummary(rows, broken);
  process.stdout.write(`${toRoundTable(rows)}\n${text}`);
  return isGood;
}

// The program exits explicitly, because open handles of closed connections or failed rounds would keep the process
// alive.
process.exit((await main()) ? 0 : 1);
