import type { Share } from './run-in-processes.ts';
import { runRounds } from './run-rounds.ts';
import { loadScenarios } from './scenarios.ts';

const { store, ...range } = JSON.parse(process.argv[2] ?? '') as Share;
const [scenario] = await loadScenarios(store);
if (scenario !== undefined) {
  process.send?.(await runRounds(scenario, range));
}
