import { defineConfig } from 'vitest/config';

const root = new URL('..', import.meta.url).pathname;
const suites = ['cluster', 'chart', 'image', 'proxies', 'consume', 'stores', 'foreign-broker', 'season'];
/** They wait: for servers that start, for outages and times that pass. */
const folders = [
  'integration',
  'e2e',
  'rabbitmq',
  'journal',
  'ops/secret-watch',
  'commands/register-command',
];
const waiting = folders.map((name) => `test/${name}{/**/*,}.test.ts`);
const shared = {
  root,
  // What is waited for has bounds of its own. These end only what hangs, also beside other work.
  testTimeout: 180_000,
  hookTimeout: 240_000,
  // One second otherwise: less than a busy machine may stand still.
  expect: { poll: { timeout: 20_000 } },
};

export default defineConfig({
  test: {
    root,
    globalSetup: ['test/support/tools/provide-needed.ts', 'test/support/provide-kafka.ts'],
    projects: [
      {
        // More of them at once than there are cores, and before the others, which use the cores.
        test: { ...shared, name: 'waiting', include: waiting, maxWorkers: 6, sequence: { groupOrder: 0 } },
      },
      {
        test: {
          ...shared,
          name: 'working',
          include: ['test/**/*.test.ts'],
          exclude: [...waiting, ...suites.map((suite) => `test/${suite}/**`)],
          // By itself vitest leaves one of two cores alone.
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
