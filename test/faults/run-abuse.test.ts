import { expect, test } from 'vitest';
import { runPlantedProgram } from '../support/planted-program.ts';
import { abuses } from './abuse/abuses.ts';
import { plantedParts, promptSeed } from './planted-parts.ts';

/** Facts that the fake clients, probes and memory measurements of an abuse report. */
interface PlantedAbuse {
  readonly failedInARow: number;
  readonly peakMib: number;
  /** HTTP status of every response to the flood of requests. */
  readonly status: number;
  /** HTTP status of a signed request that is sent during the abuse. */
  readonly outcome: number;
}

const harmless: PlantedAbuse = { failedInARow: 0, peakMib: 100, status: 503, outcome: 200 };

function runAbuses(planted: PlantedAbuse, ...args: readonly string[]) {
  const sendOne = `
    globalThis.log.requests.push({
      kind: 'single', events: [], badElements: [], sentAt: Date.now(), latencyMs: 5, outcome: ${planted.outcome},
    });`;
  const plants = {
    ...plantedParts,
    'test/faults/abuse/flood.ts': `
      export async function runFlood() {
        ${sendOne}
        return { sent: 1, unsent: 0, unanswered: 0, statuses: { ${planted.status}: 1 }, maxAnswerMs: 5, acknowledged: [] };
      }`,
    'test/faults/abuse/slow-clients.ts': `
      export async function runSlowClients() {
        ${sendOne}
        return { opened: 1, endedByServer: 0, openAtEnd: 0, longestMs: 0, statuses: {} };
      }`,
    'test/faults/abuse/probe-liveness.ts': `
      export const probeLiveness = () => async () =>
        ({ answered: 1, failed: 0, failedInARow: ${planted.failedInARow}, slowestMs: 1 });`,
    'test/faults/abuse/watch-memory.ts': `
      export const watchMemory = () => () =>
        ({ startMib: 1, peakMib: ${planted.peakMib}, endMib: 1, thirdQuarterMib: 1, lastQuarterMib: 1 });`,
  };
  const options = ['--seconds', '0.01', '--seed', String(promptSeed), ...args];
  return runPlantedProgram('test/faults/run-faults.ts', plants, options);
}

const wrongSignatures = ['--faults', 'wrong signatures'];

test.concurrent('an abuse that does no harm ends with exit code 0', async () => {
  const { code, output } = await runAbuses(harmless, ...wrongSignatures);
  expect(output).toContain('1 rounds, 1 events acknowledged, 0 lost, 0 other violations');
  expect(code).toBe(0);
});

test.concurrent.for<[what: string, planted: Partial<PlantedAbuse>, line: string]>([
  ['three failed probes of liveness', { failedInARow: 3 }, '! answered: 3 probes of liveness in a row'],
  ['too much memory', { peakMib: 800 }, '! memory: peak 800 MiB'],
  ['a wrong response to a flood', { status: 500 }, '! answered: flood: {"sent":1'],
  ['a signed request that is rejected', { outcome: 503 }, '! answered: only 0.0 % of the signed requests'],
])('%s ends with exit code 1', async ([, planted, line]) => {
  const { code, output } = await runAbuses({ ...harmless, ...planted }, ...wrongSignatures);
  expect(output).toContain(line);
  expect(code).toBe(1);
});

test.concurrent('the judges check every abuse', async () => {
  const { output } = await runAbuses({ failedInARow: 3, peakMib: 800, status: 500, outcome: 503 }, '--abuse');
  const count = (line: string) => output.split(`! ${line}`).length - 1;
  expect(count('answered: 3 probes')).toBe(abuses.length);
  expect(count('memory: peak')).toBe(abuses.length);
  expect(count('answered: flood:')).toBe(2);
  // A flood at four times the highest rate is excluded, because it may leave no capacity for signed requests.
  expect(count('answered: only 0.0 %')).toBe(abuses.length - 1);
});

test.concurrent('a receiver that a fault cannot stop properly ends with exit code 1', async () => {
  const exits = `globalThis.planted = { exitCode: 1 };\n${plantedParts['test/faults/faulty-kafka.ts']}`;
  const { code, output } = await runPlantedProgram(
    'test/faults/run-faults.ts',
    { ...plantedParts, 'test/faults/faulty-kafka.ts': exits },
    ['--faults', 'SIGTERM the receiver', '--seed', String(promptSeed)],
  );
  // The receiver is stopped twice: by the fault, and at the end of the round.
  expect(output.split('! exit: SIGTERM gave 1 instead of 0')).toHaveLength(3);
  expect(code).toBe(1);
});
