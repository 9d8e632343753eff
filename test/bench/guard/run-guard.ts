// CI check that detects whether a delivery costs more than before. A few rounds of the receiver alternate with rounds
// of a reference service in Go ("Go peer") that does the same work. Figures above their margin are measured again in
// new processes, up to two times. The check also verifies that every other variant of the benchmark responds to every
// request on each store.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { benchTopics, startBenchKafka, startOtherStores } from '../bench-stores.ts';
import { buildGoPeer } from '../build-go-peer.ts';
import { parseCount } from '../option-parsers.ts';
import { runLoad } from '../run-load.ts';
import { createVariants, findVariant, type RunningVariant, startVariant, type Variant } from '../variants.ts';
import { writeBodies } from '../write-bodies.ts';
import {
  type Figures,
  findRegressions,
  inEveryAttempt,
  type Margins,
  type MeasuredFigures,
  type Regression,
  type Report,
} from './judge.ts';
import { type GuardedShape, measureFigures } from './measure-figures.ts';

/**
 * Allowed ratio of a measured figure to the stored one. The reference service in Go does the same work as the receiver
 * at the same time, so a slower or busier machine slows down both. If the rounds of the Go service differ much, other
 * work took CPU time, and a wider margin applies. Allocations do not depend on other work, but the compiler does not
 * always produce the same code: 21.8 to 22.9 kB for unbatched events, and 479 to 488 kB for batches.
 */
const margins: Margins = {
  cpuToGo: 1.1,
  cpuToGoUnsteady: 1.5,
  steadySpread: 1.25,
  kbAllocated: 1.1,
};

const options = new Command('npm run bench:guard --')
  .description('Fails when a delivery costs more than the stored figures and their margins allow.')
  .option('--rounds <n>', 'alternating', parseCount, 6)
  .option('--print', 'only print the figures, as test/bench/guard/measured.json has them')
  .option(
    '--slow',
    'a receiver with a second signature and a second JSON.parse, which the guard has to notice',
  )
  .parse()
  .opts<{ rounds: number; print?: boolean; slow?: boolean }>();

const shapes: readonly GuardedShape[] = [
  {
    name: 'singles, 64 connections',
    ...{ batchSize: 1, connections: 64, warmUp: 80_000, counted: 5_000 },
    requests: 10_000,
  },
  {
    name: 'batches of 500, 16 connections',
    ...{ batchSize: 500, connections: 16, warmUp: 400, counted: 64 },
    requests: 96,
  },
];
const slowReceiver = new URL('slow-receiver.ts', import.meta.url).href;
const maxAttempts = 3;
const broken: string[] = [];

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

const directory = mkdtempSync(join(tmpdir(), 'comapi-webhook-guard-'));
const bodies = ({ batchSize }: GuardedShape) => join(directory, `bodies-${batchSize}`);

function expectNone(failures: number, variant: RunningVariant, shape: GuardedShape): void {
  if (failures > 0) {
    broken.push(`${variant.name}, ${shape.name}: ${failures} requests failed`);
  }
}

/** Measures in new processes, in which V8's compiler may make different decisions. */
async function measureOnce(
  start: (variant: Variant) => Promise<RunningVariant>,
  variants: { readonly goPeer: Variant; readonly receiver: Variant },
): Promise<Report<MeasuredFigures>> {
  const goPeer = await start(variants.goPeer);
  const receiver = await start(variants.receiver);
  const measured: Record<string, MeasuredFigures> = {};
  for (const shape of shapes) {
    measured[shape.name] = await measureFigures({ goPeer, receiver }, shape, {
      bodies: bodies(shape),
      rounds: options.rounds,
      say,
      onFailures: (variant, failures) => expectNone(failures, variant, shape),
    });
  }
  await goPeer.stop();
  await receiver.stop();
  return measured;
}

function print(measured: Report<MeasuredFigures>): void {
  process.stdout.write(`${JSON.stringify(measured, undefined, 2)}\n`);
}

function readStored(): Report<Figures> {
  return JSON.parse(readFileSync(new URL('measured.json', import.meta.url), 'utf8')) as Report<Figures>;
}

const cluster = await startBenchKafka();
const others = await startOtherStores();
try {
  for (const shape of shapes) {
    const count = Math.max(20, Math.ceil(5_000 / shape.batchSize));
    writeBodies(bodies(shape), { batchSize: shape.batchSize, count });
  }
  const variants = createVariants({
    brokers: cluster.bootstrap,
    ...benchTopics,
    stores: others.env,
    goPeer: await buildGoPeer(),
  });
  const start = (variant: Variant) => startVariant(variant, { directory, core: 0 });
  const guarded = findVariant(variants, 'receiver, Kafka');
  const pair = {
    goPeer: findVariant(variants, 'Go peer'),
    receiver:
      options.slow === true ? { ...guarded, args: ['--import', slowReceiver, ...guarded.args] } : guarded,
  };
  if (options.print === true) {
    print(await measureOnce(start, pair));
  } else {
    const stored = readStored();
    const attempts: Regression[][] = [];
    do {
      const measured = await measureOnce(start, pair);
      print(measured);
      const found = findRegressions(measured, stored, margins);
      attempts.push(found);
      for (const { line } of found) {
        say(`attempt ${attempts.length}: ${line}`);
      }
    } while (inEveryAttempt(attempts).length > 0 && attempts.length < maxAttempts);
    broken.push(...inEveryAttempt(attempts).map(({ line }) => line));
    for (const variant of variants.filter(
      ({ name }) => name.startsWith('receiver') && name !== guarded.name,
    )) {
      const running = await start(variant);
      for (const shape of shapes) {
        const load = { bodies: bodies(shape), connections: shape.connections, seconds: 1 };
        expectNone((await runLoad(running.url, load)).failures, running, shape);
      }
      await running.stop();
    }
    for (const line of broken) {
      say(`! ${line}`);
    }
    process.exitCode = broken.length === 0 ? 0 : 1;
  }
} finally {
  await cluster.stop();
  await others.stop();
  rmSync(directory, { recursive: true, force: true });
}
