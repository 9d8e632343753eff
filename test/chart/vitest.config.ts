import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: ['test/chart/**/*.test.ts'],
    globalSetup: ['test/support/tools/provide-needed.ts', 'test/chart/support/provide-helm.ts'],
    // By itself vitest leaves one of two cores alone.
    maxWorkers: 2,
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
});
