import { type Finding, removeFullStop, toConclusion } from '../../runtime/finding.ts';
import { formatCount, toIso } from '../../runtime/format.ts';
import { toLines } from '../../runtime/untrusted-text.ts';
import {
  type CountComparison,
  calculateStoredRatio,
  type HourCounts,
  type NameCounts,
  sumCounts,
} from './compare-counts.ts';
import { unknownChannel } from './count-grid.ts';

export interface CountsSummary extends CountComparison {
  readonly fromMs: number;
  readonly toMs: number;
  readonly toleranceMs: number;
  /** Hours that ended by this time are settled. */
  readonly settledMs: number;
  /** Time at which the oldest record was stored, or `undefined` if no records were found. */
  readonly firstStoredAtMs: number | undefined;
  /** Reasons why stored records could not be read, one sentence each. */
  readonly skipped: readonly string[];
}

/** States whether any events of the settled hours are missing. */
export function evaluateCounts(summary: CountsSummary): Finding {
  const { hours, names, missing, settledMs, skipped } = summary;
  const { provider } = sumCounts(names);
  const all = `the ${formatCount(provider, 'event')} that the provider counts`;
  if (provider === 0) {
    const totalCounts = sumCounts(hours.flatMap((hour) => hour.names));
    return {
      answer: 'not known',
      text:
        totalCounts.provider + totalCounts.stored === 0
          ? 'Cannot tell whether events are missing: the provider counts no events in this period, and none are stored. Check the period, the API user and the store.'
          : `Cannot tell whether events are missing: the provider counts no events in the hours that ended by ${toIso(settledMs)}. Events of later hours may still arrive.`,
    };
  }
  if (missing === 0) {
    // No warning about unreadable records is needed here, because they could only add to the events that were found.
    return { answer: 'yes', text: `No event is missing: the store has ${all}.` };
  }
  if (skipped.length > 0) {
    const reasons = removeFullStop(skipped.join(' '));
    return {
      answer: 'not known',
      text: `Cannot tell whether events are missing: ${formatCount(missing)} of ${all} were not found, but some records could not be read: ${reasons}.`,
    };
  }
  const hoursWithMissing = hours.filter((hour) => hour.isSettled && sumCounts(hour.names).missing > 0);
  return {
    answer: 'no',
    text: `MISSING: ${formatCount(missing)} of ${all} are not stored, in ${listHours(hoursWithMissing)}.`,
  };
}

export function toCountsJson(summary: CountsSummary): object {
  const { fromMs, toMs, toleranceMs, settledMs, firstStoredAtMs, missing, names, hours } = summary;
  const finding = evaluateCounts(summary);
  return {
    verdict: toConclusion(finding).text,
    since: toIso(fromMs),
    until: toIso(toMs),
    toleranceMs,
    settledBefore: toIso(settledMs),
    firstStored: firstStoredAtMs === undefined ? undefined : toIso(firstStoredAtMs),
    // The count is omitted if the answer is unknown, because a program would interpret a number as the answer.
    missing: finding.answer === 'not known' ? undefined : missing,
    names: names.map((counts) => ({ ...counts, storedRatio: calculateStoredRatio(counts) })),
    hours: hours.map(({ startMs, isSettled, names: ofHour }) => ({
      hour: toIso(startMs),
      settled: isSettled,
      names: ofHour.map(({ channels, ...counts }) => ({ ...counts, channels: Object.fromEntries(channels) })),
    })),
  };
}

/** Formats a line for each hour, a line for each event name, and notes on the period. */
export function formatCounts(summary: CountsSummary): string {
  const width = Math.max(
    8,
    ...summary.hours.flatMap(({ names }) => names.map(({ provider }) => formatCount(provider).length)),
  );
  const formatNumberColumns = (provider: string, stored: string) =>
    `${provider.padStart(width)}  ${stored.padStart(width)}`;
  const hours = summary.hours.map((hour) => {
    const { provider, stored, missing } = sumCounts(hour.names);
    return [
      formatHour(hour),
      formatShare({ provider, missing }),
      formatNumberColumns(formatCount(provider), formatCount(stored)),
      describeHour(hour),
    ].join('  ');
  });
  const names = summary.names.map(({ name, provider, stored, missing, beyond }) =>
    [
      name.padEnd(19),
      formatNumberColumns(formatCount(provider), formatCount(stored)),
      formatCount(missing).padStart(width),
      formatCount(beyond).padStart(width),
    ].join('  '),
  );
  const lines = [
    `${'hour'.padEnd(17)}  ${'share'.padStart(7)}  ${formatNumberColumns('provider', 'stored')}`,
    ...hours,
    '',
    `${'event'.padEnd(19)}  ${formatNumberColumns('provider', 'stored')}  ${'missing'.padStart(width)}  ${'beyond'.padStart(width)}`,
    ...names,
    '',
    ...describeGaps(summary),
  ];
  return toLines(lines.map((line) => line.trimEnd()));
}

/** Formats a percentage, rounded down so that 100 % means all. */
function formatShare(counts: Pick<NameCounts, 'provider' | 'missing'>): string {
  const storedRatio = calculateStoredRatio(counts);
  const percent = storedRatio === undefined ? '' : `${Math.floor(storedRatio * 1_000) / 10} %`;
  return percent.padStart(7);
}

function describeHour({ isSettled, names }: HourCounts): string {
  const missingNames = names
    .filter(({ missing }) => missing > 0)
    .map(({ name, missing, channels }) => {
      const channelsWithMissing = [...channels].filter(([, { provider, stored }]) => provider > stored);
      const missingChannels = channelsWithMissing
        .map(([channel]) => channel)
        .filter((channel) => channel !== unknownChannel);
      return `${formatCount(missing)} ${name}${missingChannels.length === 0 ? '' : ` (${missingChannels.join(', ')})`}`;
    });
  return missingNames.length === 0
    ? ''
    : `${isSettled ? 'missing' : 'may still arrive'}: ${missingNames.join(', ')}`;
}

/** Describes which hours were not compared, and which records the store lacks. */
function describeGaps({ fromMs, firstStoredAtMs, settledMs }: CountsSummary): string[] {
  return [
    `Hours that ended after ${toIso(settledMs)} are not compared yet.`,
    ...(firstStoredAtMs === undefined ? ['The store has no records of this period.'] : []),
    ...(firstStoredAtMs !== undefined && firstStoredAtMs > fromMs
      ? [
          `The oldest record in the store is from ${toIso(firstStoredAtMs)}. Earlier records may have been removed by retention.`,
        ]
      : []),
  ];
}

function listHours(hours: readonly HourCounts[]): string {
  const [first = '', last] = [hours[0], hours.at(-1)].map((hour) => hour && formatHour(hour));
  return hours.length === 1 ? `the hour of ${first}` : `${hours.length} hours from ${first} to ${last}`;
}

function formatHour({ startMs }: HourCounts): string {
  return `${toIso(startMs).slice(0, 16)}Z`;
}
