import type { Clock } from './clock.ts';

/** The time of now in ISO 8601: UTC, with milliseconds. */
export type IsoClock = () => string;

/** Keeps the text of the last millisecond: under load many deliveries share one, and formatting takes a microsecond. */
export function createIsoClock(clock: Pick<Clock, 'epochMs'>): IsoClock {
  let lastMs = Number.NaN;
  let lastText = '';
  return () => {
    const epochMs = clock.epochMs();
    if (epochMs !== lastMs) {
      lastText = new Date(epochMs).toISOString();
      lastMs = epochMs;
    }
    return lastText;
  };
}
