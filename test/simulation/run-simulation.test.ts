import { expect, test } from 'vitest';
import { runPlantedProgram } from '../support/planted-program.ts';

const program = 'test/simulation/run-simulation.ts';

/** Replaces the real rounds. The rounds of one store report a violation. */
function plantRounds(failingStore: string): Readonly<Record<string, string>> {
  const totals = new URL('report/totals.ts', import.meta.url).href;
  return {
    'test/simulation/run-in-processes.ts': `
      import { createTotals } from ${JSON.stringify(totals)};
      export class NotLoadedError extends Error {}
      export const runShare = undefined;
      export async function runInProcesses({ store }) {
        const failed = { store, seed: 3, faultCount: 1, texts: ['lost: an event'] };
        return { ...createTotals(), failed: store === '${failingStore}' ? [failed] : [] };
      }`,
  };
}

test.concurrent.each([
  ['none', 0],
  ['kafka', 1],
  ['filter', 1],
  ['journal', 1],
  ['spool', 1],
])('rounds in which the store %s breaks a rule end with exit code %i', async (store, exitCode) => {
  const { code, output } = await runPlantedProgram(program, plantRounds(store), ['--rounds', '1']);
  expect(output).toContain('spool: ');
  expect(code, output).toBe(exitCode);
});

test.concurrent.each([
  ['none', 0, 'all mutants are found'],
  ['kafka', 1, '1 mutants live'],
  ['spool', 1, '1 mutants live'],
])('planted defects of which %s has one that lives end with exit code %i', async (store, exitCode, line) => {
  const plants = {
    'test/simulation/mutants/run-mutants.ts': `export const runMutants = async ({ store }) => (store === '${store}' ? 1 : 0);`,
  };
  const { code, output } = await runPlantedProgram(program, plants, ['--mutants']);
  expect(output).toContain(line);
  expect(code).toBe(exitCode);
});

test.concurrent.each([
  ['[]', 0, 'breaks no rule'],
  [`[{ kind: 'lost', text: 'an event' }]`, 1, 'lost: an event'],
])('one round with the violations %s ends with exit code %i', async (violations, exitCode, line) => {
  const plants = {
    'test/simulation/scenarios.ts': `
      export const scenarios = { journal: undefined };
      export const loadScenarios = async () => [{ name: 'journal' }];`,
    'test/simulation/report/shrink.ts': `
      export const shrinkRound = async () => ({ faults: [], planned: [], outcome: { violations: ${violations}, digest: '' } });`,
  };
  const { code, output } = await runPlantedProgram(program, plants, ['--shrink', '--seed', '3']);
  expect(output).toContain(line);
  expect(code).toBe(exitCode);
});
