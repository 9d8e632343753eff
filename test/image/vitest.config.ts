import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: ['test/image/**/*.test.ts'],
    globalSetup: ['test/image/build-once.ts'],
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
});
