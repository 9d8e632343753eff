import { readdirSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

/** A folder of tests that is named like a room of src calls the code of that room. The others start the program. */
const rooms = readdirSync(new URL('../src', import.meta.url), { withFileTypes: true }).filter((entry) =>
  entry.isDirectory(),
);
const testsOfRooms = rooms.map((room) => `test/${room.name}/**/*.test.ts`);
/** Projects that `npm test` leaves to commands of their own, because they work for minutes. */
const separate = {
  // They wait for elections, sessions and quotas, or start several brokers.
  kafka: ['test/kafka/**/*.test.ts', 'test/integration/**/*.test.ts'],
  simulator: ['test/simulation/**/*.test.ts'],
  checks: ['test/static-checks/**/*.test.ts', 'test/prose/**/*.test.ts'],
};
/** Each has a configuration of its own. */
const suites = ['cluster', 'chart', 'image', 'proxies', 'consume', 'real-stores', 'foreign-broker']
  .map((suite) => `test/${suite}/**`)
  .concat('test/season/season.test.ts');

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    projects: [
      {
        extends: true,
        // They wait more than they work. A process takes one file after the other: to start one for each costs as much again.
        test: { name: 'rooms', include: testsOfRooms, isolate: false, maxWorkers: 4 },
      },
      {
        extends: true,
        // In the same group, so that the rooms use the CPU time that processes and brokers leave.
        test: {
          name: 'program',
          include: ['test/**/*.test.ts'],
          exclude: [...suites, ...Object.values(separate).flat(), ...testsOfRooms],
          maxWorkers: 4,
        },
      },
      ...Object.entries(separate).map(([name, include]) => ({
        extends: true as const,
        // With six files at once, brokers and outages share so little of two cores that tests of deadlines fail.
        test: { name, include, maxWorkers: 3, sequence: { groupOrder: 1 } },
      })),
    ],
    globalSetup: ['test/support/tools/provide-needed.ts', 'test/support/provide-kafka.ts'],
    // What is waited for has bounds of its own; these end only what hangs, also on a machine that does other work.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    // One second otherwise: less than a busy machine may stand still.
    expect: { poll: { timeout: 20_000 } },
  },
});
