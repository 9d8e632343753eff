import { readdirSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

/**
 * A test folder that has the same name as a folder in `src` calls the code of that folder directly. The other tests
 * start the program.
 */
const rooms = readdirSync(new URL('../src', import.meta.url), { withFileTypes: true }).filter((entry) =>
  entry.isDirectory(),
);
const testsOfRooms = rooms.map((room) => `test/${room.name}/**/*.test.ts`);
/** Projects that `npm test` leaves to commands of their own, because they work for minutes. */
const separate = {
  // These tests wait for elections, sessions and quotas, or start several brokers.
  kafka: ['test/kafka/**/*.test.ts', 'test/integration/**/*.test.ts'],
  simulator: ['test/simulation/**/*.test.ts'],
  checks: ['test/static-checks/**/*.test.ts', 'test/prose/**/*.test.ts'],
};
/** Test suites that have a Vitest configuration of their own. */
const suites = ['cluster', 'chart', 'image', 'proxies', 'consume', 'real-stores', 'foreign-broker']
  .map((suite) => `test/${suite}/**`)
  .concat('test/season/season.test.ts');

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    projects: [
      {
        extends: true,
        // These tests mostly wait. One process runs several files in turn, because a new process for each file would
        // double the cost.
        test: { name: 'rooms', include: testsOfRooms, isolate: false, maxWorkers: 4 },
      },
      {
        extends: true,
        // Runs at the same time as the `rooms` project, which uses the CPU time that processes and brokers leave idle.
        test: {
          name: 'program',
          include: ['test/**/*.test.ts'],
          exclude: [...suites, ...Object.values(separate).flat(), ...testsOfRooms],
          maxWorkers: 4,
        },
      },
      ...Object.entries(separate).map(([name, include]) => ({
        extends: true as const,
        // With six files at once on two cores, brokers and simulated outages get so little CPU time that tests of
        // deadlines fail.
        test: { name, include, maxWorkers: 3, sequence: { groupOrder: 1 } },
      })),
    ],
    globalSetup: ['test/support/tools/provide-needed.ts', 'test/support/provide-kafka.ts'],
    // Tests limit their own waits. These timeouts only end tests that hang, even on a busy machine.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    // The default is one second, and a busy machine may stall for longer than that.
    expect: { poll: { timeout: 20_000 } },
  },
});
