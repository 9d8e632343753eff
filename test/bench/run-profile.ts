// Shows where the CPU time of an unbatched delivery is spent, as a table of program parts that add up to the whole. The
// data comes from V8's sampling profiler.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { cpuSeconds } from '../support/process-counters.ts';
import { waitUntil } from '../support/wait-until.ts';
import { benchTopics, startBenchKafka } from './bench-stores.ts';
import { parseCount } from './option-parsers.ts';
import { type CpuProfile, sumByPart } from './profile-parts.ts';
import { runLoad } from './run-load.ts';
import { createVariants, findVariant, startVariant } from './variants.ts';
import { writeBodies } from './write-bodies.ts';

const { connections, seconds } = new Command('npm run bench:profile --')
  .description('Print the CPU time of an unbatched delivery on Kafka, by part of the program.')
  .option('--connections <n>', 'connections of the load', parseCount, 64)
  .option(
    '--seconds <n>',
    'duration of the measurement, after a warm-up of the same duration',
    parseCount,
    10,
  )
  .parse()
  .opts<{ connections: number; seconds: number }>();

const directory = mkdtempSync(join(tmpdir(), 'comapi-webhook-profile-'));
const cluster = await startBenchKafka();
try {
  const bodies = join(directory, 'bodies');
  writeBodies(bodies, { batchSize: 1, count: 5_000 });
  const variants = createVariants({ brokers: cluster.bootstrap, ...benchTopics });
  const bundled = findVariant(variants, 'receiver, Kafka');
  // Runs the sources and not the bundle, because the profile then contains the names of the source files.
  const options = bundled.args.slice(0, -2);
  const program = new URL('../../src/cli.ts', import.meta.url).pathname;
  const profiled = [...options, '--cpu-prof', '--cpu-prof-interval=200', `--cpu-prof-dir=${directory}`];
  const running = await startVariant(
    { ...bundled, args: [...profiled, program, 'receive'] },
    { directory, core: 0 },
  );
  const load = { bodies, connections, seconds };
  await runLoad(running.url, load);
  const cpuBefore = cpuSeconds(running.pid);
  const { requests } = await runLoad(running.url, load);
  const cpuUs = ((cpuSeconds(running.pid) - cpuBefore) * 1e6) / requests;
  // Node writes the profile only if the process ends by itself, which SIGTERM makes it do.
  process.kill(running.pid, 'SIGTERM');
  const file = await waitUntil(() => readdirSync(directory).find((name) => name.endsWith('.cpuprofile')), {
    timeoutMs: 60_000,
    what: 'the profile is written',
  });
  const profile = await waitUntil(() => parseWhole(join(directory, file)), {
    timeoutMs: 30_000,
    what: 'the profile is complete',
  });
  process.stdout.write(
    `part,share %,µs a delivery (${connections} connections, Node ${process.versions.node})\n`,
  );
  for (const [part, share] of sumByPart(profile, seconds)) {
    process.stdout.write(`${part},${(share * 100).toFixed(1)},${(share * cpuUs).toFixed(1)}\n`);
  }
  process.stdout.write(`all,100.0,${cpuUs.toFixed(1)}\n`);
} finally {
  await cluster.stop();
  rmSync(directory, { recursive: true, force: true });
}

/** Parses a profile. Returns `undefined` if the file is not complete yet. */
function parseWhole(path: string): CpuProfile | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as CpuProfile;
  } catch {
    return undefined;
  }
}
