import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Folders whose files wait: for servers that start, for outages to pass. They begin first, so that none is waited for alone. */
const waiting = /\/test\/(integration|e2e|rabbitmq|journal)\//;

class WaitingFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- vitest's own
    const sorted = await super.sort(files);
    return [true, false].flatMap((first) =>
      sorted.filter(({ moduleId }) => waiting.test(moduleId) === first),
    );
  }
}

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['test/**/*.test.ts'],
    exclude: ['cluster', 'chart', 'image', 'proxies', 'consume', 'stores', 'foreign-broker', 'season'].map(
      (suite) => `test/${suite}/**`,
    ),
    globalSetup: ['test/support/tools/provide-needed.ts', 'test/support/provide-kafka.ts'],
    sequence: { sequencer: WaitingFirst },
    // Tests wait more than they work: more of them than there are cores. What is waited for has bounds of its own; these end
    // only what hangs, also on a machine that does other work.
    maxWorkers: 6,
    testTimeout: 180_000,
    hookTimeout: 240_000,
    // One second otherwise: less than a busy machine may stand still.
    expect: { poll: { timeout: 20_000 } },
  },
});
