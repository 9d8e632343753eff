// Whether a delivery costs more than it did: a few alternating rounds beside bare node:http, for CI. And whether each other
// variant of the bench, on each store, still answers everything.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { cpuSeconds } from '../../support/process-counters.ts';
import { benchTopics, startBenchKafka, startOtherStores } from '../bench-stores.ts';
import { measureAllocations } from '../measure-allocations.ts';
import { parseCount } from '../option-parsers.ts';
import { runLoad } from '../run-load.ts';
import { sendBodies } from '../send-bodies.ts';
import { createVariants, findVariant, type RunningVariant, startVariant, type Variant } from '../variants.ts';
import { warmUp } from '../warm-up.ts';
import { benchSecret as secret, writeBodies } from '../write-bodies.ts';
import { type Figures, findRegressions, type GuardReport } from './judge.ts';
import { margins } from './margins.ts';

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

interface GuardedShape {
  readonly name: string;
  readonly batchSize: number;
  readonly connections: number;
  /** So many deliveries until its code is compiled. */
  readonly warmUp: number;
  /** So many a round. */
  readonly requests: { readonly bare: number; readonly receiver: number };
  /** So many, of which the allocations are counted. */
  readonly counted: number;
}

const shapes: readonly GuardedShape[] = [
  {
    name: 'singles, 64 connections',
    ...{ batchSize: 1, connections: 64, warmUp: 80_000, counted: 5_000 },
    requests: { bare: 10_000, receiver: 5_000 },
  },
  {
    name: 'batches of 500, 16 connections',
    ...{ batchSize: 500, connections: 16, warmUp: 400, counted: 64 },
    requests: { bare: 1_000, receiver: 64 },
  },
];
const slowReceiver = new URL('slow-receiver.ts', import.meta.url).href;
const mostCounts = 12;
const broken: string[] = [];

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

const directory = mkdtempSync(join(tmpdir(), 'comapi-webhook-guard-'));
const bodies = ({ batchSize }: GuardedShape) => join(directory, `bodies-${batchSize}`);

/** CPU time a delivery, in µs. Whatever is sent is answered: a second may be too short for that beside much other work. */
async function measureCpu(variant: RunningVariant, shape: GuardedShape, requests: number): Promise<number> {
  const before = cpuSeconds(variant.pid);
  const { connections } = shape;
  const failures = await sendBodies(variant.url, { bodies: bodies(shape), connections, requests });
  expectNone(failures, variant, shape);
  return ((cpuSeconds(variant.pid) - before) * 1e6) / requests;
}

function expectNone(failures: number, variant: RunningVariant, shape: GuardedShape): void {
  if (failures > 0) {
    broken.push(`${variant.name}, ${shape.name}: ${failures} requests failed`);
  }
}

async function measureFigures(
  bare: RunningVariant,
  receiver: RunningVariant,
  shape: GuardedShape,
): Promise<Figures> {
  const load = { bodies: bodies(shape), connections: shape.connections };
  await warmUp(bare, { ...load, requests: shape.warmUp });
  await warmUp(receiver, { ...load, requests: shape.warmUp });
  const allocated: number[] = [];
  while (!isSettled(allocated)) {
    const bytes = await measureAllocations(receiver, { ...load, requests: shape.counted });
    // A count in which a request failed is none.
    allocated.push(bytes ?? Number.POSITIVE_INFINITY);
  }
  const floors: number[] = [];
  const costs: number[] = [];
  for (let round = 0; round < options.rounds; round += 1) {
    floors.push(await measureCpu(bare, shape, shape.requests.bare));
    costs.push(await measureCpu(receiver, shape, shape.requests.receiver));
  }
  const list = (values: readonly number[]) => values.map((value) => value.toFixed(1)).join(' ');
  say(`${shape.name}: CPU µs ${list(costs)}, bare ${list(floors)}`);
  say(`${shape.name}: kB allocated ${list(allocated.map((bytes) => bytes / 1000))}`);
  return {
    // Other work only adds: the least of each is nearest to what it costs.
    cpuToBare: Number((Math.min(...costs) / Math.min(...floors)).toFixed(2)),
    kbAllocated: Number((Math.min(...allocated) / 1000).toFixed(1)),
  };
}

/** Code that is compiled better allocates less: it is counted until two in a row are no better than those before. */
function isSettled(allocated: readonly number[]): boolean {
  const best = Math.min(...allocated.slice(0, -2)) * 0.99;
  const [one = 0, other = 0] = allocated.slice(-2);
  return allocated.length >= mostCounts || (allocated.length > 3 && one > best && other > best);
}

const cluster = await startBenchKafka();
const others = await startOtherStores();
try {
  for (const shape of shapes) {
    const count = Math.max(20, Math.ceil(5_000 / shape.batchSize));
    writeBodies(bodies(shape), { batchSize: shape.batchSize, count, secret });
  }
  const variants = createVariants({ brokers: cluster.bootstrap, ...benchTopics, stores: others.env });
  const start = (variant: Variant) => startVariant(variant, { secret, directory, core: 0 });
  const guarded = findVariant(variants, 'receiver, Kafka');
  const bare = await start(findVariant(variants, 'bare node:http'));
  const receiver = await start(
    options.slow === true ? { ...guarded, args: ['--import', slowReceiver, ...guarded.args] } : guarded,
  );
  const measured: Record<string, Figures> = {};
  for (const shape of shapes) {
    measured[shape.name] = await measureFigures(bare, receiver, shape);
  }
  process.stdout.write(`${JSON.stringify(measured, undefined, 2)}\n`);
  await bare.stop();
  await receiver.stop();
  if (options.print !== true) {
    for (const variant of variants.filter(
      ({ name }) => name.startsWith('receiver') && name !== guarded.name,
    )) {
      const running = await start(variant);
      for (const shape of shapes) {
        const load = { url: running.url, bodies: bodies(shape), connections: shape.connections };
        expectNone((await runLoad({ ...load, seconds: 1 })).failures, running, shape);
      }
      await running.stop();
    }
    const stored = readFileSync(new URL('measured.json', import.meta.url), 'utf8');
    broken.push(...findRegressions(measured, JSON.parse(stored) as GuardReport, margins));
    broken.forEach(say);
    process.exitCode = broken.length === 0 ? 0 : 1;
  }
} finally {
  await cluster.stop();
  await others.stop();
  rmSync(directory, { recursive: true, force: true });
}
