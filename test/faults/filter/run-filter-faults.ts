import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createSeededRandom } from '../../../src/provider/simulator/seeded-random.ts';
import { startFaultyKafka } from '../faulty-kafka.ts';
import { type FilterRound, runFilterRound } from './filter-round.ts';

const help = `npm run test:faults -- --filter [OPTIONS]: revision filters in trouble on a real Kafka of three brokers, then the
latest-state topic against what must stand there. Exit code 1 when a promise was broken, or when the control broke none.
  --rounds N     rounds of all faults (1)
  --controls N   rounds of zombies at most, each with and without fencing, until one without breaks (3)
  --events N     of each round, without the 20 % that are repeated (100000)
  --entities N   (5000)
  --seconds N    of faults in each round (60)
  --seed N       gives the same choices again
  --log-dir DIR  keeps the logs of the filters
`;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '1' },
    controls: { type: 'string', default: '3' },
    events: { type: 'string', default: '100000' },
    entities: { type: 'string', default: '5000' },
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000)) },
    'log-dir': { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

function say(text: string): void {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`);
}

async function main(): Promise<boolean> {
  const logs = values['log-dir'] ?? (await mkdtemp(join(tmpdir(), 'filter-faults-')));
  say(`seed ${values.seed}, logs in ${logs}; starting Kafka`);
  const kafka = await startFaultyKafka(createSeededRandom(Number(values.seed)));

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
      events: Number(values.events),
      entities: Number(values.entities),
      durationMs: Number(values.seconds) * 1_000,
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
    for (let round = 1; round <= Number(values.rounds); round += 1) {
      broken += await run(`round-${round}`, Number(values.seed) + round, { trouble: 'all', isFenced: true });
    }
    let controlBroken = Number(values.controls) === 0;
    for (let control = 1; control <= Number(values.controls) && !controlBroken; control += 1) {
      const seed = Number(values.seed) + control;
      broken += await run(`zombies-${control}`, seed, { trouble: 'zombies', isFenced: true });
      controlBroken = (await run(`control-${control}`, seed, { trouble: 'zombies', isFenced: false })) > 0;
    }
    if (!controlBroken) {
      say('the control without fencing broke nothing: these rounds cannot tell');
    }
    return broken === 0 && controlBroken;
  } finally {
    await kafka.stop();
  }
}

if (values.help) {
  process.stdout.write(help);
} else {
  process.exitCode = (await main()) ? 0 : 1;
}
