import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: ['test/chart/**/*.test.ts'],
    globalSetup: ['test/support/tools/provide-needed.ts', 'test/chart/support/provide-helm.ts'],
    // By default, vitest uses only one core on a machine with two cores.
    maxWorkers: 2,
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
});
