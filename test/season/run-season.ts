import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { createSeededRandom, deriveSeed } from '../../src/tools/provider/simulator/seeded-random.ts';
import { planSeason, shuffle } from './plan-troubles.ts';
import { type Site, stepMinutes, steps } from './site.ts';
import { writeSeason } from './world.ts';

/** An alert that fired at some time in the ten minutes before `minute`. */
export interface Firing {
  readonly alert: string;
  readonly severity: string;
  readonly minute: number;
}

export type Season = Awaited<ReturnType<typeof runSeason>>;

export interface SeasonOptions {
  readonly site: Site;
  readonly number: number;
  readonly seed: number;
  /** File with the alerting rules. */
  readonly rulesFile: string;
  readonly promtool: string;
  /** Directory for the file with the series. */
  readonly directory: string;
}

export const lookEveryMinutes = 10;

/** Evaluates all rules over two weeks of a site, with one incident on each of five days. */
export async function runSeason({ site, number, seed, ...options }: SeasonOptions) {
  const plan = planSeason(
    number,
    shuffle(createSeededRandom(seed)),
    createSeededRandom(deriveSeed(seed, number)),
  );
  const random = createSeededRandom(deriveSeed(seed + site.peakPerHour, number));
  const series = writeSeason(site, plan, random);
  const file = join(options.directory, `season-${site.peakPerHour}-${number}.yaml`);
  writeFileSync(
    file,
    stringify({
      rule_files: [options.rulesFile],
      evaluation_interval: `${2 * stepMinutes}m`,
      tests: [
        {
          interval: `${stepMinutes}m`,
          input_series: [...series].map(([name, values]) => ({ series: name, values })),
          // The promtool test expects no alerts, so promtool prints all firing alerts as a difference.
          promql_expr_test: listMinutes().map((minute) => ({
            expr: `max by (alertname, severity) (max_over_time(ALERTS{alertstate="firing"}[${lookEveryMinutes}m]))`,
            eval_time: `${minute}m`,
            exp_samples: [],
          })),
        },
      ],
    }),
  );
  const firings = parseFirings(await run(options.promtool, file));
  return { site, planned: plan.troubles, firings };
}

function listMinutes(): number[] {
  const last = steps * stepMinutes;
  return Array.from({ length: Math.floor(last / lookEveryMinutes) }, (_, look) => look * lookEveryMinutes);
}

function run(promtool: string, file: string): Promise<string> {
  const child = spawn(promtool, ['test', 'rules', file], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => resolve(output));
  });
}

function parseFirings(output: string): Firing[] {
  if (!/FAILED|SUCCESS/.test(output)) {
    throw new Error(`promtool failed: ${output.slice(0, 2_000)}`);
  }
  const firings: Firing[] = [];
  for (const [, time = '', got = ''] of output.matchAll(/time: (\S+),\s+exp:\s*nil\s+got:(.*)/g)) {
    for (const [, alert = '', severity = ''] of got.matchAll(
      /alertname="ComapiWebhook(\w+)", severity="(\w+)"/g,
    )) {
      firings.push({ alert, severity, minute: toMinutes(time) });
    }
  }
  return firings;
}

/** Parses Prometheus durations, such as `1d2h30m`. */
function toMinutes(duration: string): number {
  const minutesOf: Readonly<Record<string, number>> = { w: 10_080, d: 1440, h: 60, m: 1, s: 1 / 60 };
  let minutes = 0;
  for (const [, value, unit = ''] of duration.matchAll(/(\d+)([wdhms])/g)) {
    minutes += Number(value) * (minutesOf[unit] ?? 0);
  }
  return minutes;
}
