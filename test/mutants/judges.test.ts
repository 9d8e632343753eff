import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createTotals } from '../simulation/report/totals.ts';
import { NotLoadedError } from '../simulation/run-in-processes.ts';
import { judgeBySimulation } from './judges.ts';

/**
 * Runs the simulation against a mutant.
 * @param rounds code that the process runs instead of real rounds
 */
function judge(rounds: string) {
  const directory = mkdtempSync(join(tmpdir(), 'judges-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  mkdirSync(join(directory, 'test/simulation'), { recursive: true });
  writeFileSync(join(directory, 'test/simulation/rounds-process.ts'), rounds);
  return judgeBySimulation({ directory }, { scenarios: new Set(['kafka']) }, 1);
}

test('a change that keeps rounds from beginning is not found by the simulation', async () => {
  await expect(judge('process.exit(1);')).rejects.toThrow(NotLoadedError);
});

test('a change is found by a round that does not end, and by what a watchdog tells before the first one', async () => {
  const told = JSON.stringify({ seed: 7, totals: createTotals() });
  const ends = `process.send(${told}, () => process.exit(1));`;
  const stands = `import { writeSync } from 'node:fs'; writeSync(4, 'at goOn'); process.exit(1);`;
  expect((await judge(ends))?.what).toBe('kafka, seed 7: stands still: the process ended: 1');
  expect((await judge(stands))?.what).toBe('kafka, seed 0: stands still: at goOn');
});
