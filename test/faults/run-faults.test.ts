import { expect, test } from 'vitest';
import { runPlantedProgram } from '../support/planted-program.ts';
import { plantedParts, promptSeed } from './planted-parts.ts';

/** Facts of a round that the fake receiver, traffic and fault report. */
interface PlantedRound {
  readonly name: string;
  readonly exitCode?: number | null;
  /** `null` if the receiver never accepts a delivery. */
  readonly servesMs?: null;
  readonly recoveryMs?: null;
  /** Number of received events according to the metrics of the receiver. */
  readonly received?: number;
  readonly stored?: number;
  /** JavaScript of the fault. */
  readonly run?: string;
}

/** Replaces the plan of the faults too. All other parts of a round are real. */
function plant(rounds: readonly PlantedRound[]): Readonly<Record<string, string>> {
  return {
    ...plantedParts,
    'test/faults/plan.ts': `
      const faultMs = { least: 0, most: 0 };
      export const exactly = () => faultMs;
      export const usualDuration = faultMs;
      export const usualRate = 1;
      export const [findFaults, planAbuse, planRounds] = [];
      const toRound = (planted, run) => ({
        seed: ${promptSeed}, faultMs, requestsPerSecond: 1,
        faults: [{ name: planted.name, run: async (context) => { globalThis.planted = planted; run(context); } }],
      });
      export const planShort = () => [${rounds.map(toRoundSource).join()}];`,
  };
}

function toRoundSource(round: PlantedRound): string {
  const parameters = '{ report, conclude, flooded, madeAgain, log }';
  return `toRound(${JSON.stringify(round)}, (${parameters}) => { ${round.run ?? ''} })`;
}

const runFaults = (...rounds: readonly PlantedRound[]) =>
  runPlantedProgram('test/faults/run-faults.ts', plant(rounds));

test.concurrent('faults without a violation end with exit code 0', async () => {
  const { code, output } = await runFaults({ name: 'good' }, { name: 'good too' });
  expect(output).toContain('2 rounds, 2 events acknowledged, 0 lost, 0 other violations');
  expect(code).toBe(0);
});

const wrong: readonly (readonly [round: PlantedRound, line: string])[] = [
  [{ name: 'loses', run: `log.requests[0].events[0].id = 'b';` }, 'lost: 1, the first b'],
  [{ name: 'exits', exitCode: 1 }, 'exit: SIGTERM gave 1 instead of 0'],
  [{ name: 'never serves', servesMs: null }, 'recovery: no delivery taken'],
  [{ name: 'refuses on', recoveryMs: null }, 'recovery: none within '],
  [{ name: 'miscounts', received: 2 }, 'ledger: received 2 is not stored 1'],
  [{ name: 'reports', run: `report({ kind: 'memory', text: 'at once' });` }, 'memory: at once'],
  [
    { name: 'concludes', run: `conclude(() => report({ kind: 'memory', text: 'at the end' }));` },
    'memory: at the end',
  ],
  [{ name: 'floods', run: `flooded(['flood-1'], 0);` }, 'lost: 1, the first flood-1'],
  [{ name: 'floods with it', run: `flooded(['a'], 0);` }, 'ledger: says 1 stored, the senders were told 2'],
  [{ name: 'leaves open', run: 'flooded([], -1);' }, 'ledger: says 1 stored, the senders were told 1'],
];

test.concurrent('each planted violation of a round is printed, and together they end with exit code 1', async () => {
  const { code, output } = await runFaults(...wrong.map(([round]) => round));
  for (const [{ name }, line] of wrong) {
    expect(output).toMatch(new RegExp(`: ${name}\\n {2}acknowledged.*\\n(?: {2}[!-] .*\\n)*? {2}! ${line}`));
  }
  expect(code).toBe(1);
});

test.concurrent('the events of a log that was recreated are not missed', async () => {
  const { code } = await runFaults({
    ...{ name: 'recreates', received: 2, stored: 2 },
    run: `
      const [request] = log.requests;
      log.requests.push({ ...request, sentAt: 0, events: [{ ...request.events[0], id: 'b' }] });
      madeAgain(1);`,
  });
  expect(code).toBe(0);
});

test.concurrent('a round that could not be judged ends with exit code 1', async () => {
  const { code, output } = await runFaults({ name: 'breaks', run: `throw new Error('no broker');` });
  expect(output).toContain('1 rounds could not be judged.');
  expect(code).toBe(1);
});
