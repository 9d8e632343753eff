import { createReceiverScenario } from './receiver/receiver-scenario.ts';
import type { Scenario } from './scenario.ts';

/** All scenarios, by the name that `--store` accepts. */
export const scenarios: Readonly<Record<string, () => Promise<Scenario>>> = {
  kafka: async () => createReceiverScenario((await import('./kafka/kafka-scenario.ts')).kafkaScenario),
  filter: async () =>
    createReceiverScenario((await import('./filter/filter-scenario.ts')).createFilterScenario()),
  journal: async () => (await import('./journal/journal-scenario.ts')).journalScenario,
  spool: async () => (await import('./spool/spool-scenario.ts')).spoolScenario,
};

/** Loads scenarios. @param name name of a single scenario; all scenarios by default */
export async function loadScenarios(name?: string): Promise<readonly Scenario[]> {
  const names = name === undefined ? Object.keys(scenarios) : [name];
  const loaded: Scenario[] = [];
  for (const each of names) {
    const create = scenarios[each];
    if (create === undefined) {
      throw new RangeError(`${each} is not simulated: there are ${Object.keys(scenarios).join(', ')}`);
    }
    const scenario = await create();
    await scenario.load();
    // The first round loads modules that processes load lazily, so its outcome is ignored.
    await scenario.runRound(0, []).catch(() => undefined);
    loaded.push(scenario);
  }
  return loaded;
}
