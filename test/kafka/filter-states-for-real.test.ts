import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectAgreement } from '../support/expect-agreement.ts';
import { expectAlerts } from '../support/states/expect-alerts.ts';
import { filterStates } from '../support/states/filter-states.ts';
import { type KafkaStage, startKafkaStage } from '../support/states/kafka-stage.ts';
import { patience } from '../support/states/receiver-scene.ts';

let stage: KafkaStage;
beforeAll(async () => {
  stage = await startKafkaStage();
});
afterAll(() => stage?.stop());

test.for(filterStates)(
  'of a filter, the page, the command, the metrics and the alert agree about $id: $how',
  async ({ id, exitCode, alerts, provoke }) => {
    const process = await provoke(stage);
    const { scene } = process;
    await expect.poll(async () => (await scene.report()).headline, patience).toMatchObject({ id });
    await expectAgreement(scene.managementUrl, id, exitCode);
    await expectAlerts(process, alerts);
  },
);
