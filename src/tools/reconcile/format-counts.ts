import { conclude, type Finding } from '../../runtime/finding.ts';
import { formatCount, toIso } from '../../runtime/format.ts';
import { toLines } from '../../runtime/untrusted-text.ts';
import { type CountComparison, type HourCounts, type NameCounts, storedRatio } from './compare-counts.ts';
import { noChannel } from './count-grid.ts';

export interface CountsSummary extends CountComparison {
  readonly fromMs: number;
  readonly toMs: number;
  readonly toleranceMs: number;
  /** Hours that ended by then are settled. */
  readonly settledMs: number;
  /** When the first record that was read was stored; `undefined`: there was none. */
  readonly firstStoredAtMs: number | undefined;
  /** What is stored and could not be read, a sentence each. */
  readonly skipped: readonly string[];
}

/** Whether anything is missing of the hours that are settled. */
export function evaluateCounts(summary: CountsSummary): Finding {
  const { hours, names, missing, settledMs, skipped } = summary;
  const provider = names.reduce((total, each) => total + each.provider, 0);
  const all = `${formatCount(provider, 'event')} that the provider counts`;
  const notKnown = (why: string) => ({ answer: 'not known', whether: 'anything is missing', why }) as const;
  if (provider === 0) {
    const waiting = hours.map(sum).reduce((total, each) => total + each.provider + each.stored, 0);
    return notKnown(
      waiting === 0
        ? 'the provider counts nothing in this period, and nothing of it is stored: check the period, the API user and the store'
        : `the provider counts nothing in the hours that are judged, which ended by ${toIso(settledMs)}: later ones may still get events`,
    );
  }
  if (missing === 0) {
    // What could not be read would only be more.
    return { answer: 'yes', text: `nothing is missing of ${all}` };
  }
  if (skipped.length > 0) {
    return notKnown(
      `${formatCount(missing)} of ${all} were not found, and not all could be read: ${skipped.join(' ')}`,
    );
  }
  const lacking = hours.filter((hour) => hour.isSettled && sum(hour).missing > 0);
  return { answer: 'no', text: `MISSING: ${formatCount(missing)} of ${all}, in ${listHours(lacking)}` };
}

export function toCountsJson(summary: CountsSummary): object {
  const { fromMs, toMs, toleranceMs, settledMs, firstStoredAtMs, missing, names, hours } = summary;
  const finding = evaluateCounts(summary);
  return {
    verdict: conclude(finding).text,
    since: toIso(fromMs),
    until: toIso(toMs),
    toleranceMs,
    settledBefore: toIso(settledMs),
    firstStored: firstStoredAtMs === undefined ? undefined : toIso(firstStoredAtMs),
    // Programs take a number for an answer.
    missing: finding.answer === 'not known' ? undefined : missing,
    names: names.map((counts) => ({ ...counts, storedRatio: storedRatio(counts) })),
    hours: hours.map(({ startMs, isSettled, names: ofHour }) => ({
      hour: toIso(startMs),
      settled: isSettled,
      names: ofHour.map(({ channels, ...counts }) => ({ ...counts, channels: Object.fromEntries(channels) })),
    })),
  };
}

/** A line for each hour, a line for each name, and what was left alone. */
export function formatCounts(summary: CountsSummary): string {
  const width = Math.max(
    8,
    ...summary.hours.flatMap(({ names }) => names.map(({ provider }) => formatCount(provider).length)),
  );
  const numbers = (provider: string, stored: string) =>
    `${provider.padStart(width)}  ${stored.padStart(width)}`;
  const hours = summary.hours.map((hour) => {
    const { provider, stored, missing } = sum(hour);
    return [
      toHour(hour),
      formatShare({ provider, missing }),
      numbers(formatCount(provider), formatCount(stored)),
      describeHour(hour),
    ].join('  ');
  });
  const names = summary.names.map(({ name, provider, stored, missing, beyond }) =>
    [
      name.padEnd(19),
      numbers(formatCount(provider), formatCount(stored)),
      formatCount(missing).padStart(width),
      formatCount(beyond).padStart(width),
    ].join('  '),
  );
  const lines = [
    `${'hour'.padEnd(17)}  ${'share'.padStart(7)}  ${numbers('provider', 'stored')}`,
    ...hours,
    '',
    `${'event'.padEnd(19)}  ${numbers('provider', 'stored')}  ${'missing'.padStart(width)}  ${'beyond'.padStart(width)}`,
    ...names,
    '',
    ...describe(summary),
  ];
  return toLines(lines.map((line) => line.trimEnd()));
}

function sum({ names }: HourCounts): Omit<NameCounts, 'name'> {
  const total = { provider: 0, stored: 0, missing: 0, beyond: 0 };
  for (const { provider, stored, missing, beyond } of names) {
    total.provider += provider;
    total.stored += stored;
    total.missing += missing;
    total.beyond += beyond;
  }
  return total;
}

/** It is rounded down, so that 100 % means all. */
function formatShare(counts: Pick<NameCounts, 'provider' | 'missing'>): string {
  const share = storedRatio(counts);
  const percent = share === undefined ? '' : `${Math.floor(share * 1_000) / 10} %`;
  return percent.padStart(7);
}

function describeHour({ isSettled, names }: HourCounts): string {
  const list = names
    .filter(({ missing }) => missing > 0)
    .map(({ name, missing, channels }) => {
      const less = [...channels].filter(([, { provider, stored }]) => provider > stored);
      const where = less.map(([channel]) => channel).filter((channel) => channel !== noChannel);
      return `${formatCount(missing)} ${name}${where.length === 0 ? '' : ` (${where.join(', ')})`}`;
    });
  return list.length === 0 ? '' : `${isSettled ? 'missing' : 'may still come'}: ${list.join(', ')}`;
}

/** What was judged and read; what it means stands behind it. */
function describe({ fromMs, firstStoredAtMs, settledMs }: CountsSummary): string[] {
  return [
    `not judged yet: hours that ended after ${toIso(settledMs)}`,
    ...(firstStoredAtMs === undefined ? ['the store has no record of this time'] : []),
    ...(firstStoredAtMs !== undefined && firstStoredAtMs > fromMs
      ? [
          `the oldest record in the store is of ${toIso(firstStoredAtMs)}: was there an older one, and was it removed?`,
        ]
      : []),
  ];
}

function listHours(hours: readonly HourCounts[]): string {
  const [first = '', last] = [hours[0], hours.at(-1)].map((hour) => hour && toHour(hour));
  return hours.length === 1 ? `the hour of ${first}` : `${hours.length} hours from ${first} to ${last}`;
}

function toHour({ startMs }: HourCounts): string {
  return `${toIso(startMs).slice(0, 16)}Z`;
}
