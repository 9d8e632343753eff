import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { copyRepository } from './copy-repository.ts';
import { runRounds } from './run-rounds.ts';
import { loadScenarios } from './scenarios.ts';

const range = { firstSeed: 1, rounds: 2 };
/** Restricts a process to one processor, if the machine has the command for this. */
const onOneProcessor = process.platform === 'linux' ? ['taskset', '-c', '0'] : [];

let copy: string;

beforeAll(() => {
  copy = copyRepository();
});

afterAll(() => rmSync(copy, { recursive: true }));

/** Runs a copy of the repository in two processes, without stack traces, and in a different time zone and language. */
function runElsewhere(store: string): string {
  const [command, ...before] = [...onOneProcessor, process.execPath];
  const program = join(copy, 'test/simulation/run-simulation.ts');
  const asked = ['--store', store, '--seed', String(range.firstSeed), '--rounds', String(range.rounds)];
  return execFileSync(command, [...before, program, ...asked, '--jobs', '2'], {
    cwd: '/',
    env: {
      ...{ ...process.env, TZ: 'Asia/Kathmandu', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8' },
      // All later processes reuse the code that the first process compiled.
      NODE_COMPILE_CACHE: join(copy, 'compiled'),
    },
    encoding: 'utf8',
  });
}

test.for(['spool', 'filter'])('rounds of %s have the same digest on another machine', async (store) => {
  const [scenario] = await loadScenarios(store);
  const here = scenario && (await runRounds(scenario, range));
  expect(here?.rounds).toBe(range.rounds);
  expect(runElsewhere(store)).toContain(`digest: ${here?.digest}\n`);
});
