import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: ['test/consume/**/*.test.ts'],
    globalSetup: ['test/support/provide-kafka.ts'],
    // Each file starts Java processes beside the broker.
    fileParallelism: false,
    testTimeout: 600_000,
    hookTimeout: 600_000,
    expect: { poll: { timeout: 60_000 } },
  },
});
