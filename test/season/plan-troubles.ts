import type { Random } from '../../src/tools/provider/simulator/seeded-random.ts';
import { stepMinutes, stepsPerDay } from './site.ts';
import { type Trouble, troubles } from './troubles.ts';

export interface PlannedTrouble {
  readonly trouble: Trouble;
  /** Numbers of steps. `to` is the first step after the incident. */
  readonly from: number;
  readonly to: number;
}

/** Days with an incident, counted from the start of the season: Monday to Friday of the second week. */
const troubledDays = [7, 8, 9, 10, 11];

export type SeasonPlan = ReturnType<typeof planSeason>;

/** Hours by which the second week is delayed: when the clocks are set back, and when they are set forward. */
const clockChanges = [1, -1];
const troubledSeasons = Math.ceil(troubles.length / troubledDays.length);

export const seasonsPerSite = troubledSeasons + clockChanges.length;

/**
 * Plans the incidents of a simulated fortnight (a season). The last seasons have no incident, but the clocks change to or from
 * daylight saving time.
 */
export function planSeason(season: number, order: readonly Trouble[], random: Random) {
  return {
    troubles: planTroubles(season, order, random),
    /** Delay of the second week's traffic, in hours. */
    clockChangeHours: clockChanges[season - troubledSeasons] ?? 0,
  };
}

/** Plans one incident per day, so that each is judged alone. Together, the seasons of a seed contain each kind once. */
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
