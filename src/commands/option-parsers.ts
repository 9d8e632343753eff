import { InvalidArgumentError } from 'commander';
import { systemClock } from '../runtime/clock.ts';
import { UsageError } from '../runtime/errors.ts';
import { toIso } from '../runtime/format.ts';
import { isTimestamp } from '../webhook/cloud-events-time.ts';

/**
 * Creates a parser for a URL. Unlike Commander's errors, the parser's errors never show the value, which may contain a
 * password.
 */
export function createUrlParser(option: string): (text: string) => URL {
  return (text) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
      throw new UsageError(`${option}: the value is not a valid URL. Give an http:// or https:// URL.`);
    }
    if (url.username !== '' || url.password !== '') {
      throw new UsageError(
        `${option}: the URL contains a user name or a password. Remove them, because the URL is printed and logged.`,
      );
    }
    return url;
  };
}

export function createIntegerParser(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min || value > max) {
      throw new InvalidArgumentError(`Give a whole number from ${min} to ${max}.`);
    }
    return value;
  };
}

export function parsePositiveNumber(text: string): number {
  const value = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || value <= 0) {
    throw new InvalidArgumentError('Give a number greater than 0.');
  }
  return value;
}

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
const relativeTimeUnitMs: typeof unitMs = { ...unitMs, d: 86_400_000 };

/** Parses a duration such as `250ms`, `30s`, `5m` or `2h`. @returns milliseconds */
export function parseDurationMs(text: string): number {
  const milliseconds = readDurationMs(text, unitMs);
  if (!(milliseconds > 0)) {
    throw new InvalidArgumentError(
      'Give a duration greater than 0 with its unit, such as 500ms, 30s, 5m or 2h.',
    );
  }
  return milliseconds;
}

/** Returns `NaN` if the text is not a duration. */
function readDurationMs(text: string, units: typeof unitMs): number {
  const [, digits, unit = ''] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text) ?? [];
  return Number(digits) * (units[unit] ?? Number.NaN);
}

/** Matches `2026-11-27` and `2026-11-27T08:00:00.5+01:00`. Seconds and zone are optional, and a space may replace the `T`. */
const timePattern = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(:\d{2}(?:\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?$/i;

/** Parses a date, a time in ISO 8601 (UTC by default), or an age such as `2h`. @returns epoch milliseconds */
export function parseTime(text: string): number {
  const relativeMs = readDurationMs(text, relativeTimeUnitMs);
  if (!Number.isNaN(relativeMs)) {
    return systemClock.epochMs() - relativeMs;
  }
  const [, date, minutes = '00:00', seconds = ':00', zone = 'Z'] = timePattern.exec(text) ?? [];
  const time = `${date}T${minutes}${seconds}${zone.toUpperCase()}`;
  if (!isTimestamp(time)) {
    throw new InvalidArgumentError(
      'Give a date (2026-11-01), a time in UTC (2026-11-01T08:00) or with a zone (2026-11-01T08:00+01:00), or an age (30m, 2h or 3d).',
    );
  }
  return Date.parse(time);
}

/** Parses the start of a search, which must not be in the future. @returns epoch milliseconds */
export function parseSearchStart(text: string): number {
  const startMs = parseTime(text);
  const nowMs = systemClock.epochMs();
  if (startMs > nowMs) {
    throw new InvalidArgumentError(`This time is in the future: it is now ${toIso(nowMs)}.`);
  }
  return startMs;
}

/** Checks that the first time is before the second one, if both are given. @throws {UsageError} */
export function requireChronologicalOrder(
  start: string,
  startMs: number | undefined,
  end: string,
  endMs: number | undefined,
): void {
  if (startMs !== undefined && endMs !== undefined && startMs >= endMs) {
    throw new UsageError(`${start} must be before ${end}: ${toIso(startMs)} is not before ${toIso(endMs)}`);
  }
}
