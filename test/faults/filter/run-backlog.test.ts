import { expect, test } from 'vitest';
import { runPlantedProgram } from '../../support/planted-program.ts';

/** Runs the backlog test with a filter that cannot start for this codec. */
function runBacklog(failingCodec: string) {
  const plants = {
    'test/support/kafka/kafka-cluster.ts': `
      export const startKafkaCluster = async () => ({ bootstrap: '127.0.0.1:1', stop: async () => {} });`,
    'test/support/filter/filter-topics.ts': `export const createFilterTopics = async () => ({ events: 'events' });`,
    'test/support/kafka/topics.ts': `export const withAdmin = async () => {};`,
    'test/faults/filter/fill-backlog.ts': `
      export async function fillBacklog({ codec }) { globalThis.codec = codec; return { events: 1, storedBytes: 1 }; }`,
    'test/faults/filter/limited-filter.ts': `
      export async function startLimitedFilter() {
        if (globalThis.codec === '${failingCodec}') { throw new Error('no memory'); }
        return { metric: async () => 2, peakMib: () => 1, stop: async () => {} };
      }`,
  };
  const args = ['--mib', '1', '--partitions', '1', '--codecs', 'gzip,zstd'];
  return runPlantedProgram('test/faults/filter/run-backlog.ts', plants, args);
}

test.concurrent.each([
  ['none', 0, '2 rounds, 0 failed'],
  ['gzip', 1, '2 rounds, 1 failed'],
  ['zstd', 1, '2 rounds, 1 failed'],
])('backlogs with a filter that fails on %s end with exit code %i', async (codec, exitCode, line) => {
  const { code, output } = await runBacklog(codec);
  expect(output).toContain(line);
  expect(code, output).toBe(exitCode);
});
