// What several receivers behind one proxy cost, and what an event weighs on the way to the broker and on its disk.
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { parseCount } from '../option-parsers.ts';
import { benchSecret as secret, writeBodies } from '../write-bodies.ts';
import { compareBare } from './compare-bare.ts';
import { comparePods } from './compare-pods.ts';
import { type PodBench, podShapes } from './pod-bench.ts';
import { weighEvents } from './weigh-events.ts';

const options = new Command('npm run bench:pods --')
  .description('One, two and four receivers of 512 MiB behind one HAProxy on one Kafka: three tables.')
  .option('--rounds <n>', 'alternating', parseCount, 5)
  .option('--seconds <n>', 'of each measurement', parseCount, 2)
  .option('--events <n>', 'at least, of each measurement of bytes', parseCount, 20_000)
  .option('--memory <n>', 'MiB of each pod; needs root', parseCount)
  .parse()
  .opts<{ rounds: number; seconds: number; events: number; memory?: number }>();

/** Of a line beside its body: the signature in hex, a space, the line's end. */
const signatureBytes = 42;

const directory = mkdtempSync(join(tmpdir(), 'comapi-webhook-pods-'));
const bench: PodBench = {
  ...{ directory, secret, memoryMib: options.memory },
  bodies: (batchSize) => join(directory, `bodies-${batchSize}`),
  complain(text) {
    process.stderr.write(`${text}\n`);
    process.exitCode = 1;
  },
};
try {
  for (const { batchSize } of podShapes) {
    const count = Math.max(20, Math.ceil(5_000 / batchSize));
    writeBodies(bench.bodies(batchSize), { batchSize, count, secret });
    const bytes = statSync(bench.bodies(batchSize)).size / count - signatureBytes;
    process.stdout.write(
      `events a body ${batchSize}: ${(bytes / batchSize).toFixed(0)} bytes of it an event\n`,
    );
  }
  process.stdout.write('\n');
  await weighEvents(bench, options.events);
  process.stdout.write('\n');
  const bareToOne = await compareBare(bench, options);
  process.stdout.write('\n');
  await comparePods(bench, options, bareToOne);
} finally {
  rmSync(directory, { recursive: true, force: true });
}
