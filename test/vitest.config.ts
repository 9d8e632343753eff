import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['test/**/*.test.ts'],
    exclude: ['cluster', 'chart', 'image', 'proxies', 'consume', 'stores', 'foreign-broker', 'season'].map(
      (suite) => `test/${suite}/**`,
    ),
    globalSetup: ['test/support/tools/provide-needed.ts', 'test/support/provide-kafka.ts'],
    // Tests wait more than they work; by itself vitest leaves one of two cores alone. With six files at once, brokers and outages
    // share so little of two cores that tests of deadlines fail.
    maxWorkers: 2,
    // What is waited for has bounds of its own; these end only what hangs, also on a machine that does other work.
    testTimeout: 180_000,
    hookTimeout: 240_000,
    // One second otherwise: less than a busy machine may stand still.
    expect: { poll: { timeout: 20_000 } },
  },
});
