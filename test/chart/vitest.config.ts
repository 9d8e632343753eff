import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: ['test/chart/**/*.test.ts'],
    globalSetup: ['test/support/tools/provide-needed.ts', 'test/chart/support/provide-helm.ts'],
    testTimeout: 60_000,
    hookTimeout: 600_000,
  },
});
