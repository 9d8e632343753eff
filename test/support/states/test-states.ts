import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectAgreement } from '../expect-agreement.ts';
import { expectAlerts } from './expect-alerts.ts';
import type { ProvokedState } from './provoked-state.ts';
import { patience } from './receiver-scene.ts';

/** Defines a test for each of these states. The tests share one store. */
export function testStates<Stage extends { stop(): Promise<unknown> }>(
  states: readonly ProvokedState<Stage>[],
  startStage: () => Promise<Stage>,
): void {
  let stage: Stage;
  beforeAll(async () => {
    stage = await startStage();
  });
  afterAll(() => stage?.stop());

  test.for(states)(
    'the page, the command, the metrics and the alerts agree about $id: $how',
    async ({ id, headline = id, exitCode, alerts, provoke }) => {
      const process = await provoke(stage);
      const { scene } = process;
      await expect
        .poll(async () => (await scene.report()).headline, patience)
        .toMatchObject({ id: headline });
      const { headline: shown, otherProblems } = await scene.report();
      expect([shown, ...otherProblems].map((each) => each.id)).toContain(id);
      await expectAgreement(scene.managementUrl, headline, exitCode);
      await expectAlerts(process, alerts);
    },
  );
}
