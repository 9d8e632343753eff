import type { Random } from '../../src/tools/provider/simulator/seeded-random.ts';
import { stepMinutes, stepsPerDay } from './site.ts';
import { type Trouble, troubles } from './troubles.ts';

export interface PlannedTrouble {
  readonly trouble: Trouble;
  /** Numbers of the first step of the incident, and of the first step after it. */
  readonly from: number;
  readonly to: number;
}

/** Days with an incident: Monday to Friday of the second week, counted from the start of the season. */
const troubledDays = [7, 8, 9, 10, 11];

export type SeasonPlan = ReturnType<typeof planSeason>;

/**
 * Number of hours by which the second week is delayed: one entry for clocks that are set back, and one for clocks that
 * are set forward.
 */
const clockChanges = [1, -1];
const troubledSeasons = Math.ceil(troubles.length / troubledDays.length);

export const seasonsPerSite = troubledSeasons + clockChanges.length;

/**
 * Plans the incidents of a simulated fortnight ("season"). The last seasons have no incident. Instead, daylight saving
 * time begins or ends in them.
 */
export function planSeason(season: number, order: readonly Trouble[], random: Random) {
  return {
    troubles: planTroubles(season, order, random),
    /** Delay of the traffic in the second week, in hours. */
    clockChangeHours: clockChanges[season - troubledSeasons] ?? 0,
  };
}

/**
 * Plans one incident per day, so that each incident is evaluated separately. All seasons of a seed together contain
 * each kind of incident once.
 */
function planTroubles(season: number, order: readonly Trouble[], random: Random): PlannedTrouble[] {
  const chosen = order.slice(season * troubledDays.length, (season + 1) * troubledDays.length);
  return chosen.map((trouble, index) => {
    const latest = 23 - trouble.hours;
    const hour = trouble.beginsAt ?? Math.floor(random() * (latest + 1));
    const from = (troubledDays[index] as number) * stepsPerDay + (hour * 60) / stepMinutes;
    return { trouble, from, to: from + (trouble.hours * 60) / stepMinutes };
  });
}

export function shuffle(random: Random): Trouble[] {
  return troubles
    .map((trouble) => ({ trouble, rank: random() }))
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ trouble }) => trouble);
}
