import type { Share, Told } from './run-in-processes.ts';
import { runRounds } from './run-rounds.ts';
import { loadScenarios } from './scenarios.ts';

const { store, ...range } = JSON.parse(process.argv[2] ?? '') as Share;
const tell = (told: Told) => process.send?.(told);
const [scenario] = await loadScenarios(store);
if (scenario !== undefined) {
  tell({ totals: await runRounds(scenario, { ...range, onRound: (seed) => tell({ seed }) }) });
}
