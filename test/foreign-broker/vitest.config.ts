import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: ['test/foreign-broker/**/*.test.ts'],
    maxWorkers: 2,
    testTimeout: 600_000,
    // The first build on a machine downloads Go modules.
    hookTimeout: 600_000,
    expect: { poll: { timeout: 20_000 } },
  },
});
