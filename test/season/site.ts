import type { Random } from '../../src/tools/provider/simulator/seeded-random.ts';

/** Minutes between two samples. */
export const stepMinutes = 2;
export const stepsPerDay = (24 * 60) / stepMinutes;
const days = 14;
export const steps = days * stepsPerDay;

export interface Site {
  readonly name: 'busy shop' | 'twenty events a day';
  /** Deliveries per hour at the busiest time of a working day. */
  readonly peakPerHour: number;
  readonly openFrom: number;
  readonly openUntil: number;
  /** Share of an ordinary day's deliveries on a weekend day. */
  readonly weekendShare: number;
}

export const sites: readonly Site[] = [
  { name: 'busy shop', peakPerHour: 600, openFrom: 6, openUntil: 24, weekendShare: 0.6 },
  { name: 'twenty events a day', peakPerHour: 2.6, openFrom: 8, openUntil: 20, weekendShare: 0.5 },
];

/** Whether the step is on a holiday. The season begins on a Monday, and its last day is a holiday. */
export function isHoliday(step: number): boolean {
  return Math.floor(step / stepsPerDay) >= days - 1;
}

/**
 * Plans the provider's deliveries in each step without an incident.
 *
 * @param clockChangeHours delay of the second week relative to the first: 1 if clocks are set back, −1 if they are set
 * forward, otherwise 0
 */
export function planDeliveries(site: Site, clockChangeHours: number, random: Random): number[] {
  const changedSteps = clockChangeHours * (60 / stepMinutes);
  return Array.from({ length: steps }, (_, step) =>
    toCount(meanOf(site, step < steps / 2 ? step : step - changedSteps), random),
  );
}

function meanOf({ peakPerHour, openFrom, openUntil, weekendShare }: Site, step: number): number {
  const day = Math.floor(step / stepsPerDay);
  const hour = ((step % stepsPerDay) * stepMinutes) / 60;
  if (hour < openFrom || hour >= openUntil || isHoliday(step)) {
    return 0;
  }
  const ofDay = day % 7 >= 5 ? weekendShare : 1;
  const ofHour = 0.35 + 0.65 * Math.sin((Math.PI * (hour - openFrom)) / (openUntil - openFrom));
  return (peakPerHour * ofDay * ofHour * stepMinutes) / 60;
}

/** Draws from a Poisson distribution if the mean is small, and a number near the mean if it is large. */
function toCount(mean: number, random: Random): number {
  if (mean > 10) {
    return Math.round(mean * (0.8 + 0.4 * random()));
  }
  let count = 0;
  for (let product = random(); product > Math.exp(-mean); product *= random()) {
    count += 1;
  }
  return count;
}
