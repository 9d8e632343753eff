import type { FilteredRecords, FilterOutcome } from './filter-records.ts';
import { readEvent } from './read-event.ts';
import { type FamilyLabel, toFamilyLabel } from './to-family-label.ts';

/**
 * The counts, once the broker has decided: a record that it rejected is a dead letter, and nothing else.
 *
 * @param rejected indexes of `latest`
 */
export function countRejected(
  { counts, latestSources }: Pick<FilteredRecords, 'counts' | 'latestSources'>,
  rejected: readonly number[],
): FilteredRecords['counts'] {
  if (rejected.length === 0) {
    return counts;
  }
  const counted = new Map([...counts].map(([outcome, byFamily]) => [outcome, new Map(byFamily)]));

  function add(outcome: FilterOutcome, family: FamilyLabel, change: number): void {
    const byFamily = counted.get(outcome) ?? new Map<FamilyLabel, number>();
    counted.set(outcome, byFamily.set(family, (byFamily.get(family) ?? 0) + change));
  }

  for (const index of rejected) {
    const source = latestSources[index];
    const event = source && readEvent(source);
    if (event === undefined || event.kind === 'unreadable') {
      throw new RangeError(`No record ${index} was passed on`);
    }
    const family = toFamilyLabel(event.name);
    add(event.kind === 'tracked' ? 'forwarded' : 'untracked', family, -1);
    add('dead_lettered', family, 1);
  }
  return counted;
}
