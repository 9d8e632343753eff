import { readdirSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

/** A folder of tests that is named like a room of src calls the code of that room. The others start the program. */
const rooms = readdirSync(new URL('../src', import.meta.url), { withFileTypes: true }).filter((entry) =>
  entry.isDirectory(),
);
const testsOfRooms = rooms.map((room) => `test/${room.name}/**/*.test.ts`);
/** `npm run test:kafka` runs them: they wait for elections, sessions and quotas. */
const testsWithOwnKafka = 'test/kafka/**/*.test.ts';
/** Each is a command of its own. */
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
        test: {
          name: 'rooms',
          include: testsOfRooms,
          isolate: false,
          maxWorkers: 4,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'program',
          include: ['test/**/*.test.ts'],
          exclude: [...suites, testsWithOwnKafka, ...testsOfRooms],
          // With six files at once, brokers and outages share so little of two cores that tests of deadlines fail.
          maxWorkers: 3,
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: { name: 'kafka', include: [testsWithOwnKafka], maxWorkers: 3, sequence: { groupOrder: 3 } },
      },
    ],
    globalSetup: ['test/support/tools/provide-needed.ts', 'test/support/provide-kafka.ts'],
    // What is waited for has bounds of its own; these end only what hangs, also on a machine that does other work.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    // One second otherwise: less than a busy machine may stand still.
    expect: { poll: { timeout: 20_000 } },
  },
});
