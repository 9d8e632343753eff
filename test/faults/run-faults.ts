import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createSeededRandom } from '../../src/provider/simulator/seeded-random.ts';
import { requireTool } from '../support/kafka/require-tool.ts';
import { createMemoryLimit } from '../support/memory-limit.ts';
import { startFaultyKafka } from './faulty-kafka.ts';
import { runJournalRound } from './journal/journal-round.ts';
import { findFaults, type PlannedRound, planAbuse, planRounds, planShort, type ServiceName } from './plan.ts';
import { runRound } from './round.ts';
import type { RoundResult } from './round-result.ts';
import { createReceiver } from './services/create-receiver.ts';
import { createUsual } from './services/create-usual.ts';
import { type Row, toSummary, toTable } from './table.ts';

const help = `npm run test:faults [-- OPTIONS]: faults on a real Kafka of three brokers, then what was answered against
what is stored. Exit code 1 when the receiver lost an acknowledged event or broke another promise.
  (none)            the short form, under six minutes, and then that of --filter, under four
  --rounds N        the long form: N rounds of one to three faults by lot
  --abuse           each abuse of the HTTP side for a minute
  --faults A,B      with --rounds: these faults (parts of their names) in each round
  --service NAME    with --faults: receiver, usual, idempotent (the usual way of using kafkajs, for comparison)
  --rate N          with --faults: requests a second
  --seconds N       how long each fault or abuse lasts
  --memory N        the receiver on Kafka has N MiB of memory, as in a container; needs root
  --seed N          gives the same choices again; printed at the start
  --log-dir DIR     keeps the log of each round's service
  --filter          the revision filter instead, with options of its own: --filter --help
`;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string' },
    abuse: { type: 'boolean', default: false },
    faults: { type: 'string' },
    service: { type: 'string', default: 'receiver' },
    rate: { type: 'string', default: '200' },
    seconds: { type: 'string' },
    memory: { type: 'string' },
    seed: { type: 'string' },
    'log-dir': { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

const seed = values.seed === undefined ? Math.floor(Math.random() * 1_000_000) : Number(values.seed);
const logDir = values['log-dir'];
const enter = values.memory === undefined ? [] : createMemoryLimit(Number(values.memory));

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

function plan(): PlannedRound[] {
  const faultMs = values.seconds === undefined ? undefined : Number(values.seconds) * 1_000;
  if (values.faults !== undefined) {
    const faults = findFaults(...values.faults.split(','));
    return Array.from({ length: Number(values.rounds ?? 1) }, (_, index) => ({
      ...{ service: values.service as ServiceName, seed: seed + index, faults, faultMs: faultMs ?? 6_000 },
      requestsPerSecond: Number(values.rate),
    }));
  }
  const rounds = values.abuse
    ? planAbuse(seed)
    : values.rounds === undefined
      ? planShort(seed)
      : planRounds(seed, Number(values.rounds));
  return rounds.map((round) => ({ ...round, faultMs: faultMs ?? round.faultMs }));
}

async function run(round: PlannedRound, kafka: Parameters<typeof runRound>[0]): Promise<RoundResult> {
  const logFile = logDir && join(logDir, `${round.service}-${round.seed}-${Date.now()}.log`);
  if (round.service === 'journal') {
    return runJournalRound({ ...round, logFile });
  }
  const { service } = round;
  return runRound(kafka, {
    ...{ ...round, logFile },
    createService: (topics) =>
      service === 'receiver'
        ? createReceiver(topics, { enter })
        : createUsual(topics, service === 'idempotent'),
  });
}

function tell(result: RoundResult): void {
  const { acknowledgedEvents, sentEvents, lost, violations, notes } = result;
  say(
    `  acknowledged ${acknowledgedEvents} of ${sentEvents}, lost ${lost.length}, other violations ${violations.length}`,
  );
  for (const note of notes) {
    say(`  - ${note}`);
  }
  for (const { kind, text } of violations.slice(0, 8)) {
    say(`  ! ${kind}: ${text}`);
  }
}

async function main(): Promise<boolean> {
  requireTool('java');
  requireTool('kcat');
  if (process.platform !== 'linux') {
    throw new Error('The fault suite needs Linux: /proc for memory, namespaces for the full disk.');
  }
  const rounds = plan();
  say(`seed ${seed}, ${rounds.length} rounds; starting Kafka`);
  if (logDir !== undefined) {
    await mkdir(logDir, { recursive: true });
  }
  const rows: Row[] = [];
  let broken = 0;
  let kafka = await startFaultyKafka(createSeededRandom(seed));
  try {
    for (const [index, round] of rounds.entries()) {
      const what =
        round.service === 'journal'
          ? 'disk full + kill -9 the receiver'
          : round.faults.map((fault) => fault.name).join(' + ');
      say(`${index + 1}/${rounds.length} ${round.service}, seed ${round.seed}: ${what}`);
      try {
        const result = await run(round, kafka);
        tell(result);
        rows.push({ ...result, label: String(index + 1), service: round.service, seed: round.seed, what });
      } catch (error) {
        // Not a verdict on the service: the round could not be judged. It counts as a failure all the same.
        broken += 1;
        say(
          `  ! the round broke: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
        );
        await kafka.stop();
        kafka = await startFaultyKafka(createSeededRandom(seed + index));
      }
    }
  } finally {
    await kafka.stop();
  }
  const { text, isGood } = toSummary(rows, broken);
  process.stdout.write(`${toTable(rows)}\n${text}`);
  return isGood;
}

if (values.help) {
  process.stdout.write(help);
} else {
  // Whatever a cut connection or a broken round left behind must not keep the process.
  process.exit((await main()) ? 0 : 1);
}
