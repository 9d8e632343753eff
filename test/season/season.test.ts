import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { stringify } from 'yaml';
import { type Manifest, minimalValues, pick, render } from '../chart/support/render.ts';
import { runJudges } from '../faults/verdict/run-judges.ts';
import { provideTool } from '../support/tools/provide-tool.ts';
import {
  judgeSeason,
  listSightings,
  type SeasonEvidence,
  seasonJudges,
  type Verdict,
} from './judge-season.ts';
import { seasonsPerSite } from './plan-troubles.ts';
import { runSeason, type SeasonOptions } from './run-season.ts';
import { sites } from './site.ts';
import { toTable } from './to-table.ts';

/**
 * SEASON_SEED=7 repeats the seasons of seed 7. SEASON_NUMBER=0,4 selects seasons by number, and SEASON_SITE="busy shop"
 * by site. SEASON_SEEDS=5 runs more seeds.
 */
const firstSeed = Number(process.env.SEASON_SEED ?? 1);
const seeds = Array.from({ length: Number(process.env.SEASON_SEEDS ?? 1) }, (_, index) => firstSeed + index);
const only = process.env.SEASON_NUMBER;
const onlySite = process.env.SEASON_SITE;
test('no minute that heals itself, no unauthenticated client and no clock change pages, and no loss is unseen for twelve hours', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'season-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const rules = chartRules();
  const rulesFile = join(directory, 'rules.yaml');
  writeFileSync(rulesFile, stringify(rules));
  const promtool = await provideTool('promtool');
  const numbers =
    only?.split(',').map(Number) ?? Array.from({ length: seasonsPerSite }, (_, number) => number);
  const verdicts = await judgeAll(
    seeds.flatMap((seed) =>
      sites
        .filter(({ name }) => onlySite === undefined || name === onlySite)
        .flatMap((site) => numbers.map((number) => ({ site, number, seed, rulesFile, promtool, directory }))),
    ),
  );

  const sightings = listSightings(verdicts);
  const idleTickets = verdicts.flatMap((verdict) => verdict.idleTickets);
  const idle = Map.groupBy(idleTickets, ({ alert }) => alert);
  const longest = [...idle].map(
    ([alert, tickets]) => `${alert} ${Math.max(...tickets.map(({ minutes }) => minutes))} min`,
  );
  const table = toTable(sightings, toRunbooks(rules));
  process.stdout.write(
    `${[
      `seeds ${seeds.join(', ')}: ${verdicts.length} seasons of two weeks, ${sightings.length} troubles`,
      `false pages: ${seasonJudges.judgeFalsePages({ verdicts }).length}`,
      `losses unseen for twelve hours: ${seasonJudges.judgeUnseen({ verdicts }).length}`,
      `tickets without a trouble, the longest of each: ${longest.join(', ') || 'none'}`,
      ...table,
    ].join('\n')}\n`,
  );
  expect(runJudges<SeasonEvidence, unknown>(seasonJudges, { verdicts })).toEqual([]);
  if (seeds.join() === '1' && only === undefined && onlySite === undefined) {
    const measured = new URL('../../docs/measurements/tables/season.csv', import.meta.url);
    expect(readFileSync(measured, 'utf8')).toContain(table.join('\n'));
  }
});

/** Runs two seasons at a time, one for each core of a small machine. */
async function judgeAll(options: readonly SeasonOptions[]): Promise<Verdict[]> {
  const waiting = [...options];
  const verdicts: Verdict[] = [];
  async function work(): Promise<void> {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      verdicts.push(judgeSeason(await runSeason(next)));
    }
  }
  await Promise.all([work(), work()]);
  return verdicts;
}

function chartRules(): Manifest {
  const values = {
    ...minimalValues,
    replicaCount: 2,
    revisionFilter: { enabled: true },
    publicUrl: 'https://events.example.com',
    canary: { enabled: true },
    spool: { enabled: true },
    // With this name, the selectors in the chart match the targets in `series-writer.ts`.
    fullnameOverride: 'events',
    monitor: { kind: 'ServiceMonitor' },
    networkPolicy: { enabled: false },
    prometheusRule: { enabled: true },
  };
  return pick(render(values), 'PrometheusRule').spec;
}

/** Returns runbooks by alert name without its prefix. */
function toRunbooks({ groups }: Manifest): ReadonlyMap<string, string> {
  const rules: Manifest[] = groups.flatMap((group: Manifest) => group.rules);
  return new Map(
    rules.flatMap(({ alert, annotations }) =>
      alert === undefined
        ? []
        : [[alert.replace('ComapiWebhook', ''), annotations.runbook.replace('docs/runbooks/', '')]],
    ),
  );
}
