import { InvalidArgumentError } from 'commander';
import { systemClock } from '../runtime/clock.ts';
import { UsageError } from '../runtime/errors.ts';
import { toIso } from '../runtime/format.ts';
import { isTimestamp } from '../webhook/cloud-events-time.ts';

/** Commander quotes a value that is refused. A URL may hold a password, so this parser reports without it. */
export function createUrlParser(option: string): (text: string) => URL {
  return (text) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
      throw new UsageError(`${option}: Give an http:// or https:// URL.`);
    }
    if (url.username !== '' || url.password !== '') {
      throw new UsageError(
        `${option}: Give the URL without a user name or a password: it is shown and logged.`,
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

/** For an option that may be given several times. */
export function collect(text: string, earlier: readonly string[] | undefined): readonly string[] {
  return [...(earlier ?? []), text];
}

export function parsePositiveNumber(text: string): number {
  const value = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || value <= 0) {
    throw new InvalidArgumentError('Give a number above 0.');
  }
  return value;
}

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
const agoUnitMs: typeof unitMs = { ...unitMs, d: 86_400_000 };

/** `250ms`, `30s`, `5m`, `2h`; milliseconds. */
export function parseDurationMs(text: string): number {
  const milliseconds = readDurationMs(text, unitMs);
  if (!(milliseconds > 0)) {
    throw new InvalidArgumentError('Give a time above 0 with its unit: 500ms, 30s, 5m or 2h.');
  }
  return milliseconds;
}

/** `NaN` for what is no duration. */
function readDurationMs(text: string, units: typeof unitMs): number {
  const [, digits, unit = ''] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text) ?? [];
  return Number(digits) * (units[unit] ?? Number.NaN);
}

/** `2026-11-27`, `2026-11-27T08:00`, and `08:00:00.5`, `Z` or `+01:00` behind it; a blank may stand for the `T`. */
const timeForm = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(:\d{2}(?:\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?$/i;

/** A date, a time in ISO 8601, of UTC unless it says another zone, or how long ago: `2h`; epoch milliseconds. */
export function parseTime(text: string): number {
  const agoMs = readDurationMs(text, agoUnitMs);
  if (!Number.isNaN(agoMs)) {
    return systemClock.epochMs() - agoMs;
  }
  const [, date, minutes = '00:00', seconds = ':00', zone = 'Z'] = timeForm.exec(text) ?? [];
  const time = `${date}T${minutes}${seconds}${zone.toUpperCase()}`;
  if (!isTimestamp(time)) {
    throw new InvalidArgumentError(
      'Give a date or a time, such as 2026-11-01 or 2026-11-01T08:00 (UTC; another zone: 2026-11-01T08:00+01:00), or how long ago, such as 30m, 2h or 3d.',
    );
  }
  return Date.parse(time);
}

/** The time that something is looked for from: nothing is stored in the future. */
export function parseStart(text: string): number {
  const startMs = parseTime(text);
  const nowMs = systemClock.epochMs();
  if (startMs > nowMs) {
    throw new InvalidArgumentError(`That is to come: it is ${toIso(nowMs)} now.`);
  }
  return startMs;
}

/** @throws {UsageError} when both are given, and the first one is not before the second one */
export function requireBefore(
  start: string,
  startMs: number | undefined,
  end: string,
  endMs: number | undefined,
): void {
  if (startMs !== undefined && endMs !== undefined && startMs >= endMs) {
    throw new UsageError(
      `${start} is not before ${end}: ${toIso(startMs)} is not before ${toIso(endMs)}, so there is nothing between them`,
    );
  }
}
