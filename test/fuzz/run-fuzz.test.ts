import { expect, test } from 'vitest';
import { runPlantedProgram } from '../support/planted-program.ts';

const args = ['--seconds', '0.3', '--seed', '7'];
const program = 'test/fuzz/run-fuzz.ts';

/**
 * Returns the source code of a module that replaces the real one. It exports everything that the real module exports,
 * except for what the text itself exports.
 */
function overrideExports(path: string, text: string): Readonly<Record<string, string>> {
  const real = new URL(`../../${path}?real`, import.meta.url).href;
  return { [path]: `export * from ${JSON.stringify(real)};\n${text}` };
}

test.concurrent('the fuzzers of the real program end with exit code 0', async () => {
  const { code, output } = await runPlantedProgram(program, {}, args);
  expect(output).toMatch(/^bodies: \d+/m);
  expect(output).toMatch(/^connections: \d+/m);
  expect(code, output).toBe(0);
});

test.concurrent('a record that differs from the reference ends with exit code 1, and requests are still fuzzed', async () => {
  const plants = overrideExports('src/webhook/event-key.ts', `export const findEventKey = () => undefined;`);
  const { code, output } = await runPlantedProgram(program, plants, args);
  expect(output).toMatch(/^seed 7, body \d+: /m);
  expect(output).toMatch(/^connections: \d+/m);
  expect(code).toBe(1);
});

interface PlantedFacts {
  readonly answers?: string;
  readonly exitCode?: number;
  readonly log?: string;
  readonly genuineStatus?: number;
  readonly stored?: string;
}

/** Replaces the receiver and the connections by fixed facts. The checks and the program are real. */
function plantFacts({ answers = '', exitCode = 0, log = '', genuineStatus = 200, stored }: PlantedFacts) {
  const record = JSON.stringify(stored);
  return {
    'test/faults/services/create-receiver.ts': `
      export const createReceiver = async () => ({
        secret: () => '', path: '/', httpPort: 1,
        process: {
          pid: process.pid, start: async () => {}, kill9: async () => {}, isRunning: () => true,
          terminate: async () => ${exitCode}, logText: async () => ${JSON.stringify(log)},
        },
      });`,
    'test/faults/traffic/post-webhook.ts': `
      export const createTarget = () => ({ agent: { destroy() {} } });
      export const postWebhook = async () => ${genuineStatus};
      export const sign = () => '';`,
    'test/fuzz/requests/send-odd-requests.ts': `
      export const sendOddRequests = async (_random, _port, { label }) => {
        await new Promise((resolve) => setTimeout(resolve, 10));
        return { label, signedBodies: [], answers: ${JSON.stringify(answers)} };
      };`,
    'src/stores/journal/read-journal.ts': `
      export async function* readJournal() {
        ${record === undefined ? '' : `yield { record: { value: Buffer.from(${JSON.stringify(record)}) } };`}
      }`,
  };
}

const runWithFacts = (facts: PlantedFacts) => runPlantedProgram(program, plantFacts(facts), args);

test.concurrent('requests without a violation end with exit code 0', async () => {
  expect(await runWithFacts({ answers: 'HTTP/1.1 401 Unauthorized\r\n\r\n' })).toMatchObject({ code: 0 });
});

test.concurrent.each<[string, PlantedFacts]>([
  ['c0: 500', { answers: 'HTTP/1.1 500 Internal Server Error\r\n\r\n' }],
  ['c0: 1 records were acknowledged, 0 are stored', { answers: '{"accepted":1,"deadLettered":0}' }],
  ['c0: stored and never signed', { stored: 'c0-1' }],
  ['the receiver ended with 3', { exitCode: 3 }],
  ['log: TypeError', { log: 'TypeError: a is undefined' }],
])('the violation "%s" ends with exit code 1', async (line, facts) => {
  const { code, output } = await runWithFacts(facts);
  expect(output).toContain(line);
  expect(code).toBe(1);
});
