import { parseArgs } from 'node:util';
import { createRandom } from '../support/seeded-random.ts';
import { allBrokersGone, brokerFaults } from './actions/broker-faults.ts';
import { type Fault, pick } from './actions/fault.ts';
import { leaderMoves } from './actions/leader-faults.ts';
import { networkFaults } from './actions/network-faults.ts';
import { receiverFaults } from './actions/receiver-faults.ts';
import { startFaultyKafka } from './faulty-kafka.ts';
import { runRound } from './round.ts';
import { createReceiver } from './services/create-receiver.ts';
import { createUsual } from './services/create-usual.ts';
import { type Row, toTable } from './table.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '6' },
    seed: { type: 'string' },
    faults: { type: 'string' },
    service: { type: 'string', default: 'receiver' },
    rate: { type: 'string', default: '200' },
    'log-dir': { type: 'string' },
    seconds: { type: 'string', default: '6' },
  },
});

const baseSeed = values.seed === undefined ? Math.floor(Math.random() * 1_000_000) : Number(values.seed);
const services = {
  receiver: (topics: Parameters<typeof createReceiver>[0]) => createReceiver(topics),
  usual: (topics: Parameters<typeof createReceiver>[0]) => createUsual(topics, false),
  idempotent: (topics: Parameters<typeof createReceiver>[0]) => createUsual(topics, true),
};
const all = [...brokerFaults, ...networkFaults, leaderMoves, ...receiverFaults, allBrokersGone];

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

function chooseFaults(random: () => number): Fault[] {
  if (values.faults !== undefined) {
    return values.faults.split(',').map((name) => {
      const fault = all.find((candidate) => candidate.name.includes(name));
      if (fault === undefined) {
        throw new Error(`No fault is named like "${name}": ${all.map((candidate) => candidate.name).join('; ')}`);
      }
      return fault;
    });
  }
  const chosen = new Set<Fault>();
  for (let count = 1 + Math.floor(random() * 3); chosen.size < count; ) {
    chosen.add(pick(all, random));
  }
  return [...chosen];
}

const rows: Row[] = [];
const kafka = await startFaultyKafka(createRandom(baseSeed));
try {
  for (let round = 0; round < Number(values.rounds); round += 1) {
    const seed = baseSeed + round;
    const faults = chooseFaults(createRandom(seed));
    const what = faults.map((fault) => fault.name).join(' + ');
    say(`round ${round + 1}/${values.rounds} seed ${seed}: ${what}`);
    const service = values.service as keyof typeof services;
    const result = await runRound(kafka, {
      ...{ seed, faults, faultMs: Number(values.seconds) * 1_000, requestsPerSecond: Number(values.rate) },
      createService: services[service],
      logFile: values['log-dir'] && `${values['log-dir']}/${service}-${seed}.log`,
    });
    rows.push({ ...result, label: String(round + 1), service, seed, what });
    say(
      `  acknowledged ${result.acknowledgedEvents} of ${result.sentEvents}, lost ${result.lost.length}, other ${result.violations.length}`,
    );
    for (const violation of result.violations.slice(0, 8)) {
      say(`  ! ${violation.kind}: ${violation.text}`);
    }
  }
} finally {
  await kafka.stop();
}
process.stdout.write(toTable(rows));
process.exit(rows.some((row) => row.lost.length > 0 || row.violations.length > 0) ? 1 : 0);
