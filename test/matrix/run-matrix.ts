import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** One version of each Kafka release line that is in use. All other tests use the last version in this list. */
const versions = ['3.6.2', '3.9.1', '4.0.1', '4.3.1'];

/**
 * The suites that run on each version: the store contract, and tests of the receiver, the filter and `topics` on one
 * broker.
 */
const suites: Readonly<Record<string, readonly string[]>> = {
  'test/real-stores/vitest.config.ts': ['test/real-stores/contract/kafka.test.ts'],
  'test/vitest.config.ts': [
    'test/integration/contracts.test.ts',
    'test/integration/kafka-sink.test.ts',
    'test/integration/revision-filter.test.ts',
    'test/integration/topics-command.test.ts',
    'test/integration/compression.test.ts',
  ],
};

const chosen = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
/** Arguments of vitest. */
const options = process.argv.slice(2).filter((argument) => argument.startsWith('--'));

const vitest = new URL('../../node_modules/vitest/vitest.mjs', import.meta.url).pathname;

/**
 * Kafka 3.6 rejects writes to a topic whose `min.insync.replicas` exceeds its number of replicas. Kafka 3.9 and later
 * accept these writes.
 */
const excluded: Readonly<Record<string, readonly string[]>> = {
  '3.6.2': ['--testNamePattern', '^(?!.*demands more in-sync replicas than it has)'],
};

/** Renames the report FILE.json of a suite to FILE-VERSION-NUMBER.json. */
const toOwnReport = (option: string, suite: string) =>
  option.replace(/^(--outputFile.*)\.json$/, `$1-${suite}.json`);

async function run(version: string): Promise<boolean> {
  process.stdout.write(`\nApache Kafka ${version}\n`);
  let hasPassed = true;
  for (const [index, [config, files]] of Object.entries(suites).entries()) {
    hasPassed = (await runSuite(version, index, ['--config', config, ...files])) && hasPassed;
  }
  return hasPassed;
}

async function runSuite(version: string, index: number, args: readonly string[]): Promise<boolean> {
  const child = spawn(
    process.execPath,
    [
      ...[vitest, 'run', ...args, ...(excluded[version] ?? [])],
      ...options.map((option) => toOwnReport(option, `${version}-${index}`)),
    ],
    {
      env: { ...process.env, KAFKA_TEST_VERSION: version },
      stdio: 'inherit',
    },
  );
  const [code] = (await once(child, 'exit')) as [number | null];
  return code === 0;
}

const failed: string[] = [];
for (const version of chosen.length === 0 ? versions : chosen) {
  if (!(await run(version))) {
    failed.push(version);
  }
}
process.stdout.write(failed.length === 0 ? '\nEvery version passed.\n' : `\nFailed: ${failed.join(', ')}\n`);
process.exitCode = failed.length === 0 ? 0 : 1;
