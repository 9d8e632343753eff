import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { parsePositiveNumber } from '../../../src/commands/option-parsers.ts';
import { createSeededRandom } from '../../../src/tools/provider/simulator/seeded-random.ts';
import { provideTool } from '../../support/tools/provide-tool.ts';
import type { FaultyKafka } from '../actions/fault.ts';
import { startFaultyKafka } from '../faulty-kafka.ts';
import { type Row, toRoundLines, toRoundTable, toSummary } from '../round-table.ts';
import { seedOption } from '../seed-option.ts';
import { type ProviderReport, runProviderRound } from './provider-round.ts';
import { runSpoolRound } from './spool-round.ts';
import {
  flappingStore,
  fullDisk,
  fullSpool,
  hangingDisk,
  longOutage,
  onePartition,
  type SpoolTrouble,
} from './spool-troubles.ts';

interface Options {
  readonly long?: boolean;
  readonly only?: string;
  readonly outage: number;
  readonly seed: number;
  readonly logDir?: string;
}

const options = new Command('npm run test:faults -- --spool')
  .description(
    'The receiver with a spool, its store away. Without --long one round of some two minutes: the store is away, the ' +
      'receiver killed with -9. Exit code 1 when an acknowledged event was lost or another promise was broken.',
  )
  .option(
    '--long',
    'all rounds: one partition that refuses, a disk that hangs, a full spool, a full disk, a store that comes and goes, the simulated provider',
  )
  .option('--only <part>', 'of the long form, the rounds with this in their name')
  .option('--outage <seconds>', 'how long the store is away', parsePositiveNumber, 20)
  .addOption(seedOption())
  .option('--log-dir <dir>', "keeps the log of each round's receiver")
  .parse()
  .opts<Options>();
const { seed, logDir } = options;
const outageMs = options.outage * 1_000;
/** Half of what the other rounds have: a spool is refilled while three brokers start. */
const requestsPerSecond = 100;

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

async function run(kafka: FaultyKafka, trouble: SpoolTrouble, index: number): Promise<Row> {
  say(`${index + 1}. ${trouble.name}`);
  const result = await runSpoolRound(kafka, {
    ...{ seed: seed + index, trouble, outageMs, requestsPerSecond },
    logFile: logDir && join(logDir, `spool-${index + 1}.log`),
  });
  toRoundLines(result).forEach(say);
  return {
    ...result,
    ...{ label: String(index + 1), service: 'receiver', seed: seed + index, what: trouble.name },
  };
}

/** The spool loses nothing. Without it the same outage must lose something, or the round could not tell. */
function judgeProvider(spooled: ProviderReport, bare: ProviderReport): boolean {
  for (const [name, report] of [
    ['with the spool', spooled],
    ['without it', bare],
  ] as const) {
    const { events, accepted, lost, unfinished, missing } = report;
    const figures = { provider: name, events, accepted, lost, unfinished, missing };
    process.stdout.write(`${JSON.stringify(figures)}\n`);
  }
  const isGood = spooled.lost + spooled.unfinished + spooled.missing + bare.missing === 0 && bare.lost > 0;
  if (!isGood) {
    say('  ! the simulated provider lost events with the spool, or none without it');
  }
  return isGood;
}

async function main(): Promise<boolean> {
  await provideTool('kcat');
  const troubles = [
    longOutage,
    ...(options.long ? [onePartition, hangingDisk, flappingStore, fullSpool, fullDisk] : []),
  ].filter(({ name }) => name.includes(options.only ?? ''));
  say(`seed ${seed}; starting Kafka`);
  if (logDir !== undefined) {
    await mkdir(logDir, { recursive: true });
  }
  const kafka = await startFaultyKafka(createSeededRandom(seed));
  try {
    const rows: Row[] = [];
    for (const [index, trouble] of troubles.entries()) {
      rows.push(await run(kafka, trouble, index));
    }
    let isGood = true;
    if (options.long && 'simulated provider'.includes(options.only ?? '')) {
      say('the simulated provider, with the spool and without it');
      const spooled = await runProviderRound(kafka, { isSpooled: true, outageMs });
      isGood = judgeProvider(spooled, await runProviderRound(kafka, { isSpooled: false, outageMs }));
    }
    const summary = toSummary(rows, 0);
    process.stdout.write(`${toRoundTable(rows)}\n${summary.text}`);
    return isGood && summary.isGood;
  } finally {
    await kafka.stop();
  }
}

process.exit((await main()) ? 0 : 1);
