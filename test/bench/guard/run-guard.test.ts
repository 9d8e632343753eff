import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { runPlantedProgram } from '../../support/planted-program.ts';

const stored = JSON.parse(readFileSync(new URL('measured.json', import.meta.url), 'utf8'));

/** Runs the regression check with fake measurements, which are the stored figures times a factor. */
function runGuard(factor: { readonly cpuToGo?: number; readonly kbAllocated?: number }, failures = 0) {
  const plants = {
    'test/bench/bench-stores.ts': `
      export const benchTopics = {};
      export const startBenchKafka = async () => ({ bootstrap: '', stop: async () => {} });
      export const startOtherStores = async () => ({ env: {}, stop: async () => {} });`,
    'test/bench/build-go-peer.ts': `export const buildGoPeer = async () => 'go-peer';`,
    'test/bench/write-bodies.ts': `export const writeBodies = () => {};`,
    'test/bench/run-load.ts': `export const runLoad = async () => ({ failures: ${failures} });`,
    'test/bench/variants.ts': `
      export const createVariants = () => ['Go peer', 'receiver, Kafka', 'receiver, journal'].map((name) => ({ name, args: [] }));
      export const findVariant = (variants, name) => variants.find((variant) => variant.name === name);
      export const startVariant = async ({ name }) => ({ name, stop: async () => {} });`,
    'test/bench/guard/measure-figures.ts': `
      const stored = ${JSON.stringify(stored)};
      export async function measureFigures(_pair, { name }) {
        const { cpuToGo, kbAllocated } = stored[name];
        return {
          cpuToGo: cpuToGo * ${factor.cpuToGo ?? 1}, kbAllocated: kbAllocated * ${factor.kbAllocated ?? 1}, goSpread: 1,
        };
      }`,
  };
  return runPlantedProgram('test/bench/guard/run-guard.ts', plants);
}

test.concurrent('the stored figures end with exit code 0', async () => {
  expect(await runGuard({})).toMatchObject({ code: 0 });
});

test.concurrent('more CPU time than the margin ends with exit code 1 after three attempts', async () => {
  const { code, output } = await runGuard({ cpuToGo: 1.2 });
  expect(output).toContain('attempt 3: ');
  expect(output).toMatch(/^! .*cpuToGo is /m);
  expect(code).toBe(1);
});

test.concurrent('more allocations than the margin end with exit code 1', async () => {
  const { code, output } = await runGuard({ kbAllocated: 1.2 });
  expect(output).toMatch(/^! .*kbAllocated is /m);
  expect(code).toBe(1);
});

test.concurrent('requests that fail on another store end with exit code 1', async () => {
  const { code, output } = await runGuard({}, 2);
  expect(output).toMatch(/^! receiver, journal, .*: 2 requests failed$/m);
  expect(code).toBe(1);
});
