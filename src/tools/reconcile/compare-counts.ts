import type { CountedName } from '../provider/messages/message-schemas.ts';
import { add, type CountGrid, type CountRow, createRow, hourMs, unknownChannel } from './count-grid.ts';

/** Counts of events in one or several hours. Each event counts once. */
interface EventCounts {
  readonly provider: number;
  readonly stored: number;
  /** Events that the provider counts and that are not stored. */
  readonly missing: number;
  /** Events that are stored and that the provider does not count. */
  readonly beyond: number;
}

/** Counts of the events with one name. */
export interface NameCounts extends EventCounts {
  readonly name: CountedName;
}

export interface HourCounts {
  /** Epoch milliseconds. */
  readonly startMs: number;
  /**
   * Whether the hour ended long enough ago to be compared. Events that are missing in a more recent hour may still
   * arrive, so they do not count as missing.
   */
  readonly isSettled: boolean;
  /** Names with at least one event, each with counts by channel. */
  readonly names: readonly (NameCounts & {
    readonly channels: ReadonlyMap<string, Pick<NameCounts, 'provider' | 'stored'>>;
  })[];
}

export interface CountComparison {
  readonly hours: readonly HourCounts[];
  /** Counts by event name, summed over the settled hours. */
  readonly names: readonly NameCounts[];
  /** Number of missing events in the settled hours. */
  readonly missing: number;
}

/** Compares the provider's counts with the stored counts. @param settledMs hours that ended by this time are settled */
export function compareCounts(grid: CountGrid, settledMs: number): CountComparison {
  const comparedRows = grid.names.map((name) => ({
    name,
    rows: grid.rowsOf(name),
    groups: balanceChannels(grid, name),
  }));
  const hours: HourCounts[] = [];
  for (let hour = 1; hour < grid.hours - 1; hour += 1) {
    const startMs = grid.startMs + hour * hourMs;
    const names = comparedRows
      .map(({ name, rows, groups }) => ({
        name,
        ...sumCounts(groups.map((group) => countHour(group, hour))),
        channels: countChannels(rows, hour),
      }))
      .filter(({ provider, stored }) => provider + stored > 0);
    hours.push({ startMs, isSettled: startMs + hourMs <= settledMs, names });
  }
  const settledCounts = hours.filter(({ isSettled }) => isSettled).flatMap(({ names }) => names);
  const names = grid.names.map((name) => ({
    name,
    ...sumCounts(settledCounts.filter((each) => each.name === name)),
  }));
  return { hours, names, missing: sumCounts(names).missing };
}

/** Sums the counts of several event names, channels or hours. */
export function sumCounts(counts: readonly EventCounts[]): EventCounts {
  const sum = { provider: 0, stored: 0, missing: 0, beyond: 0 };
  for (const { provider, stored, missing, beyond } of counts) {
    sum.provider += provider;
    sum.stored += stored;
    sum.missing += missing;
    sum.beyond += beyond;
  }
  return sum;
}

/** Returns the share of the provider's events that is stored, or `undefined` if the provider counts no events. */
export function calculateStoredRatio({
  provider,
  missing,
}: Pick<NameCounts, 'provider' | 'missing'>): number | undefined {
  return provider === 0 ? undefined : (provider - missing) / provider;
}

interface ComparisonRow extends Pick<CountRow, 'provider' | 'stored'> {
  /**
   * For each hour, the number of stored events minus the provider's count, after events near the border between two
   * hours were moved to the hour that lacks them.
   */
  readonly balance: Float64Array;
}

/**
 * Compares the counts of one event name by channel. A channel that both sides have is compared separately, so that a
 * surplus in one channel does not hide a loss in another. Channels that exist on only one side are compared as a sum,
 * because the two sides may name channels differently. If some stored events have no channel, all channels are
 * compared as a sum.
 */
function balanceChannels(grid: CountGrid, name: CountedName): ComparisonRow[] {
  const rows = grid.rowsOf(name);
  const hasChannelNames = !rows.get(unknownChannel)?.stored.some(isPositive);
  const separateRows: CountRow[] = [];
  const combinedRow = createRow(grid.hours);
  for (const row of rows.values()) {
    if (hasChannelNames && row.stored.some(isPositive) && row.provider.some(isPositive)) {
      separateRows.push(row);
    } else {
      addCountRow(combinedRow, row);
    }
  }
  return [...separateRows, combinedRow].map((row) => ({ ...row, balance: balanceCountsAcrossHours(row) }));
}

function addCountRow(sum: CountRow, row: CountRow): void {
  for (const column of ['provider', 'stored', 'nearStart', 'nearEnd'] as const) {
    for (const [hour, count] of row[column].entries()) {
      add(sum[column], hour, count);
    }
  }
}

/**
 * Moves surplus events of one hour to hours that lack events. Only events that were stored near the border between two
 * hours can be moved across it. The deficit that remains is the minimum number of missing events.
 */
function balanceCountsAcrossHours({ provider, stored, nearStart, nearEnd }: CountRow): Float64Array {
  const surplusByHour = stored.map((count, hour) => count - readCount(provider, hour));
  const lastHour = surplusByHour.length - 1;
  // In the two hours outside the period, only a surplus is relevant, because missing events are counted only within the
  // period.
  for (const hour of [0, lastHour]) {
    surplusByHour[hour] = Math.max(0, readCount(surplusByHour, hour));
  }
  /** For each hour, the number of events that may still be moved across its end. */
  const movableToNextHour = Float64Array.from(nearEnd);
  const movableToPreviousHour = nearStart.map((_, hour) => readCount(nearStart, hour + 1));

  function borrowFromNearbyHour(direction: -1 | 1, needy: number): boolean {
    const [lent, returned] =
      direction === 1
        ? [movableToPreviousHour, movableToNextHour]
        : [movableToNextHour, movableToPreviousHour];
    const borderIndex = (hour: number) => (direction === 1 ? hour : hour - 1);
    let maxMovableEvents = -readCount(surplusByHour, needy);
    for (let hour = needy; hour !== (direction === 1 ? lastHour : 0); hour += direction) {
      maxMovableEvents = Math.min(maxMovableEvents, readCount(lent, borderIndex(hour)));
      if (maxMovableEvents === 0) {
        return false;
      }
      const lenderHour = hour + direction;
      const movedEventCount = Math.min(maxMovableEvents, readCount(surplusByHour, lenderHour));
      if (movedEventCount > 0) {
        for (let each = needy; each !== lenderHour; each += direction) {
          add(lent, borderIndex(each), -movedEventCount);
          add(returned, borderIndex(each), movedEventCount);
        }
        add(surplusByHour, lenderHour, -movedEventCount);
        add(surplusByHour, needy, movedEventCount);
        return true;
      }
    }
    return false;
  }

  for (let hour = 1; hour < lastHour; hour += 1) {
    while (
      readCount(surplusByHour, hour) < 0 &&
      (borrowFromNearbyHour(-1, hour) || borrowFromNearbyHour(1, hour))
    ) {}
  }
  return surplusByHour;
}

function countHour({ provider, stored, balance }: ComparisonRow, hour: number): EventCounts {
  const surplus = readCount(balance, hour);
  return {
    provider: readCount(provider, hour),
    stored: readCount(stored, hour),
    missing: Math.max(0, -surplus),
    beyond: Math.max(0, surplus),
  };
}

function countChannels(
  rows: ReadonlyMap<string, CountRow>,
  hour: number,
): ReadonlyMap<string, Pick<NameCounts, 'provider' | 'stored'>> {
  const counts = [...rows].map(
    ([channel, row]) =>
      [channel, { provider: readCount(row.provider, hour), stored: readCount(row.stored, hour) }] as const,
  );
  return new Map(counts.filter(([, { provider, stored }]) => provider + stored > 0));
}

function readCount(column: Float64Array, hour: number): number {
  return column[hour] ?? 0;
}

function isPositive(count: number): boolean {
  return count > 0;
}
