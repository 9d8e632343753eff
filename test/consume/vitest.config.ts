import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: ['test/consume/**/*.test.ts'],
    globalSetup: ['test/support/provide-kafka.ts'],
    // Test files run one at a time, because each of them starts Java processes in addition to the broker.
    fileParallelism: false,
    testTimeout: 600_000,
    hookTimeout: 600_000,
    expect: { poll: { timeout: 60_000 } },
  },
});
