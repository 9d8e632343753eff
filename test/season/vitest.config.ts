import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: ['test/season/**/*.test.ts'],
    globalSetup: ['test/support/tools/provide-needed.ts', 'test/chart/support/provide-helm.ts'],
    testTimeout: 3_000_000,
    hookTimeout: 600_000,
  },
});
