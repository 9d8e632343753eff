import { expect, test } from 'vitest';
import { runPlantedProgram } from '../support/planted-program.ts';

/**
 * Runs the matrix with a stub of vitest. The stub fails for one Kafka version, and only for suites whose arguments
 * contain the text.
 */
function runMatrix(failingVersion: string, failingSuite: string) {
  const vitest = `
    const isFailing = process.env.KAFKA_TEST_VERSION === '${failingVersion}' && process.argv.join(' ').includes('${failingSuite}');
    process.exit(isFailing ? 1 : 0);`;
  return runPlantedProgram('test/matrix/run-matrix.ts', { 'node_modules/vitest/vitest.mjs': vitest });
}

test.concurrent('suites that pass on every version end with exit code 0', async () => {
  const { code, output } = await runMatrix('none', '');
  expect(output).toContain('Every version passed.');
  expect(code).toBe(0);
});

test.concurrent.each([
  ['3.6.2', 'real-stores'],
  ['3.9.1', 'integration'],
  ['4.3.1', 'real-stores'],
])('a suite that fails on %s in %s is named, and ends with exit code 1', async (version, suite) => {
  const { code, output } = await runMatrix(version, suite);
  expect(output).toContain(`Failed: ${version}\n`);
  expect(code).toBe(1);
});
