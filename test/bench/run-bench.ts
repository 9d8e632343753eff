import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { toInFlightLimits } from '../../src/config/http-config.ts';
import { availableMemory } from '../../src/runtime/available-memory.ts';
import { benchTopics, startBenchKafka, startOtherStores } from './bench-stores.ts';
import { type Shape, toBenchTable } from './bench-table.ts';
import { buildGoPeer } from './build-go-peer.ts';
import { measure, type Sample } from './measure.ts';
import { measureAllocations } from './measure-allocations.ts';
import { parseCount, parseCounts } from './option-parsers.ts';
import { createVariants, type RunningVariant, startVariant } from './variants.ts';
import { writeBodies } from './write-bodies.ts';

interface Options {
  readonly rounds: number;
  readonly seconds: number;
  readonly connections: readonly number[];
  readonly batches: readonly number[];
  readonly variants: string;
  readonly other?: string;
  readonly otherNode?: string;
  readonly nodeOption: readonly string[];
  readonly memory?: number;
}

const options = new Command('npm run bench --')
  .description(
    'What a delivery costs, beside bare node:http and the usual way of writing such a receiver: a table.',
  )
  .option(
    '--rounds <n>',
    'alternating, after one that warms up and before one that counts allocations',
    parseCount,
    5,
  )
  .option('--seconds <n>', 'whole ones, of each variant and shape in a round', parseCount, 3)
  .option('--connections <a,b>', 'under load at once', parseCounts, [1, 64, 512])
  .option('--batches <a,b>', 'events a body', parseCounts, [1, 100, 500])
  .option('--variants <text>', 'only those whose name this regular expression matches', '')
  .option('--other <directory>', 'another checkout, with its node_modules, beside this one')
  .option('--other-node <file>', 'another Node executable, which runs the receiver beside this one')
  .option(
    '--node-option <text>',
    'repeatable: an option for Node, with which the receiver also runs',
    (text: string, before: readonly string[]) => [...before, text],
    [],
  )
  .option('--memory <n>', 'each process has n MiB, as in a container; needs root', parseCount)
  .parse()
  .opts<Options>();

/**
 * Returns the minimum duration of a round. With many events in flight, the first responses arrive late, so the round
 * must be long enough to include later ones.
 */
function secondsToFill({ connections, batchSize }: { connections: number; batchSize: number }): number {
  return Math.ceil((connections * batchSize * 30) / 1e6);
}

const measuredCore = 0;
/** Memory limit for events in flight. If more events than this are in flight, the receiver rejects them. */
const { maxInFlightBytes } = toInFlightLimits(availableMemory());

const directory = mkdtempSync(join(tmpdir(), 'comapi-webhook-bench-'));
const cluster = await startBenchKafka();
const others = await startOtherStores();
try {
  const wanted = createVariants({
    ...{ brokers: cluster.bootstrap, ...benchTopics },
    ...{
      stores: others.env,
      goPeer: await buildGoPeer(),
      spoolDirectory: join(directory, 'spool'),
      other: options.other,
      otherNode: options.otherNode,
      nodeOptions: options.nodeOption,
    },
  }).filter(({ name }) => new RegExp(options.variants).test(name));
  if (wanted.length === 0) {
    throw new Error(`No variant's name matches ${options.variants}`);
  }
  const shapes = options.batches.flatMap((batchSize) => {
    const bodies = join(directory, `bodies-${batchSize}`);
    const count = Math.max(20, Math.ceil(5_000 / batchSize));
    writeBodies(bodies, { batchSize, count });
    const bodyBytes = statSync(bodies).size / count;
    return options.connections.map((connections) => ({
      ...{ batchSize, bodies, connections },
      isOverload: connections * bodyBytes > maxInFlightBytes,
    }));
  });
  const running = [];
  for (const variant of wanted) {
    running.push(await startVariant(variant, { directory, core: measuredCore, memoryMib: options.memory }));
  }
  const measured = new Map<string, { samples: Sample[]; allocated: number | undefined }>();
  const read = ({ name }: RunningVariant, { batchSize, connections }: Shape) => {
    const key = `${name}|${batchSize}|${connections}`;
    const known = measured.get(key) ?? { samples: [], allocated: undefined };
    measured.set(key, known);
    return known;
  };
  const { rounds } = options;
  // Round 0 warms up each variant with each load shape. An additional last round counts allocations, because counting
  // them costs CPU time.
  for (let round = 0; round <= rounds + 1; round += 1) {
    for (const shape of shapes) {
      for (const variant of running) {
        const own = read(variant, shape);
        if (round > rounds) {
          const requests = Math.max(shape.connections, Math.ceil(4_000 / shape.batchSize));
          own.allocated = await measureAllocations(variant, { ...shape, requests });
          continue;
        }
        const seconds = Math.max(round === 0 ? 3 : options.seconds, secondsToFill(shape));
        const sample = await measure(variant, { ...shape, seconds });
        if (round > 0 && sample !== undefined) {
          own.samples.push(sample);
        }
      }
    }
    process.stderr.write(`round ${round} of ${rounds + 1} done\n`);
  }
  process.stdout.write(toBenchTable(running, shapes, read));
  for (const shape of shapes.filter(({ isOverload }) => !isOverload)) {
    for (const variant of running.filter(({ name }) => name.startsWith('receiver'))) {
      const { samples } = read(variant, shape);
      if (samples.length < rounds || samples.some(({ failedShare }) => failedShare > 0)) {
        process.stderr.write(
          `${variant.name}, batches of ${shape.batchSize}, ${shape.connections} connections: requests failed\n`,
        );
        process.exitCode = 1;
      }
    }
  }
  for (const variant of running) {
    await variant.stop();
  }
} finally {
  await cluster.stop();
  await others.stop();
  rmSync(directory, { recursive: true, force: true });
}
