import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { createIntegerParser, parsePositiveNumber } from '../../../src/commands/option-parsers.ts';
import { createSeededRandom } from '../../../src/tools/provider/simulator/seeded-random.ts';
import { startFaultyKafka } from '../faulty-kafka.ts';
import { seedOption } from '../seed-option.ts';
import { type FilterRound, runFilterRound } from './filter-round.ts';

interface Options {
  readonly rounds: number;
  readonly controls: number;
  readonly events: number;
  readonly entities: number;
  readonly seconds: number;
  readonly seed: number;
  readonly logDir?: string;
}

const atLeastOne = createIntegerParser(1, 10_000_000);
const options = new Command('npm run test:faults -- --filter')
  .description(
    'Revision filters in trouble on a real Kafka of three brokers, then the latest-state topic against what must ' +
      'stand there. Exit code 1 when a promise was broken, or when the control broke none.',
  )
  .option('--rounds <n>', 'rounds of all faults', createIntegerParser(0, 10_000_000), 1)
  .option(
    '--controls <n>',
    'rounds of zombies at most, each with and without fencing, until one without breaks',
    createIntegerParser(0, 10_000),
    3,
  )
  .option('--events <n>', 'of each round, without the 20 % that are repeated', atLeastOne, 100_000)
  .option('--entities <n>', 'that the events belong to', atLeastOne, 5_000)
  .option('--seconds <n>', 'of faults in each round', parsePositiveNumber, 60)
  .addOption(seedOption())
  .option('--log-dir <dir>', 'keeps the logs of the filters')
  .parse()
  .opts<Options>();
const { rounds, controls } = options;

function say(text: string): void {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`);
}

async function main(): Promise<boolean> {
  const logs = options.logDir ?? (await mkdtemp(join(tmpdir(), 'filter-faults-')));
  say(`seed ${options.seed}, logs in ${logs}; starting Kafka`);
  const kafka = await startFaultyKafka(createSeededRandom(options.seed));

  async function run(
    name: string,
    seed: number,
    kind: Pick<FilterRound, 'trouble' | 'isFenced'>,
  ): Promise<number> {
    say(`${name}, seed ${seed}`);
    const logDir = join(logs, name);
    await mkdir(logDir, { recursive: true });
    const verdict = await runFilterRound(kafka, {
      seed,
      events: options.events,
      entities: options.entities,
      durationMs: options.seconds * 1_000,
      ...kind,
      logDir,
      say: (text) => say(`  ${text}`),
    });
    const { inputRecords, forwarded, entities, violations } = verdict;
    say(
      `  ${inputRecords} records of ${entities} entities, ${forwarded} forwarded, ${violations.length} violations`,
    );
    for (const violation of violations.slice(0, 5)) {
      say(`  ! ${violation}`);
    }
    process.stdout.write(
      `${JSON.stringify({ name, seed, inputRecords, forwarded, violations: violations.length })}\n`,
    );
    return violations.length;
  }

  try {
    let broken = 0;
    for (let round = 1; round <= rounds; round += 1) {
      broken += await run(`round-${round}`, options.seed + round, { trouble: 'all', isFenced: true });
    }
    let controlBroken = controls === 0;
    for (let control = 1; control <= controls && !controlBroken; control += 1) {
      const seed = options.seed + control;
      broken += await run(`zombies-${control}`, seed, { trouble: 'zombies', isFenced: true });
      controlBroken = (await run(`control-${control}`, seed, { trouble: 'zombies', isFenced: false })) > 0;
    }
    if (!controlBroken) {
      say('! the control without fencing broke nothing: these rounds cannot tell');
    }
    return broken === 0 && controlBroken;
  } finally {
    await kafka.stop();
  }
}

process.exitCode = (await main()) ? 0 : 1;
