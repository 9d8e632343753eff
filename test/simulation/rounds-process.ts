import { formatTotals } from './report/totals.ts';
import type { Share, Told } from './run-in-processes.ts';
import { runRounds } from './run-rounds.ts';
import { loadScenarios } from './scenarios.ts';
import { startWatchdog } from './world/watchdog.ts';

const { store, ...range } = JSON.parse(process.argv[2] ?? '') as Share;
const tell = (told: Told) => process.send?.(told);
startWatchdog();
const [scenario] = await loadScenarios(store);
if (scenario !== undefined) {
  const totals = await runRounds(scenario, {
    ...range,
    onRound: (seed, before) => tell({ seed, totals: before }),
  });
  tell({ totals, isOver: true });
  if (process.send === undefined) {
    process.stdout.write(`${formatTotals(store, totals)}\n`);
  }
}
