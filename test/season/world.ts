import type { Random } from '../../src/tools/provider/simulator/seeded-random.ts';
import { Moment } from './moment.ts';
import type { SeasonPlan } from './plan-troubles.ts';
import { SeriesWriter } from './series-writer.ts';
import { planDeliveries, type Site, stepMinutes, steps, stepsPerDay } from './site.ts';

/** Writes all series of the season in promtool's notation. */
export function writeSeason(
  site: Site,
  { troubles, clockChangeHours }: SeasonPlan,
  random: Random,
): ReadonlyMap<string, string> {
  const deliveries = planDeliveries(site, clockChangeHours, random);
  const writer = new SeriesWriter();
  const gaps = planGaps(random);
  const shift = Math.floor(random() * steps);
  for (let step = 0; step < steps; step += 1) {
    const moment = new Moment(deliveries[step] ?? 0, random);
    addNoise(moment, step + shift, random);
    for (const { trouble, from, to } of troubles) {
      if (step >= from && step < to) {
        trouble.apply(moment);
      }
    }
    // Old pods end and new ones start at eleven o'clock each day.
    const day = Math.floor((step - (11 * 60) / stepMinutes) / stepsPerDay) + 1;
    const sinceRollOut = step - ((day - 1) * stepsPerDay + (11 * 60) / stepMinutes);
    writer.step(step, moment, { day, isStarting: sinceRollOut === 0, isScraped: !gaps.has(step) });
  }
  return writer.series();
}

/** Adds what happens in every season: requests of unauthenticated clients, and short outages that end by themselves. */
function addNoise(moment: Moment, step: number, random: Random): void {
  // A scanner sends 15 truncated bodies every quarter of an hour.
  moment.count('signature_failures_total{cause="missing"}', Math.floor(random() * 20));
  moment.count('signature_failures_total{cause="malformed"}', Math.floor(random() * 3));
  if (step % 500 < 8) {
    moment.turnAway('aborted', 2);
  }
  // A client that knows the format of the signature sends forged deliveries for an hour, both at night and by day.
  if (step % 1100 > 1070) {
    moment.turnAway('bad_signature', 30);
  }
  // The store is unavailable for a minute every other day, and for a few minutes once a week.
  if (step % 1441 === 700 || step % 5000 === 2500 || step % 5000 === 2501) {
    moment.sinkUp = false;
    moment.refuse('sink_unavailable', 1, 1);
  }
}

/** Plans three periods of up to half an hour in which Prometheus scrapes nothing. */
function planGaps(random: Random): Set<number> {
  const gaps = new Set<number>();
  for (let gap = 0; gap < 3; gap += 1) {
    const from = Math.floor(random() * steps);
    const length = 2 + Math.floor(random() * 13);
    for (let step = from; step < from + length; step += 1) {
      gaps.add(step);
    }
  }
  return gaps;
}
