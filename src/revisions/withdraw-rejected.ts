import type { EntityTable } from './entity-table.ts';
import type { FilteredRecords } from './filter-records.ts';
import { readEvent } from './read-event.ts';

/**
 * A state that the broker rejected is a dead letter, and no state of its entity: earlier ones are still of use, and the
 * dead letter itself is no repetition when somebody puts it back.
 *
 * @param rejected indexes of `latest`
 */
export function withdrawRejected(
  table: EntityTable,
  { latestSources, latestKnown }: Pick<FilteredRecords, 'latestSources' | 'latestKnown'>,
  rejected: readonly number[],
): void {
  // The last one first: what was known before it may be another one of them.
  for (const index of rejected.toSorted((a, b) => b - a)) {
    const source = latestSources[index];
    const event = source && readEvent(source);
    if (event?.kind === 'tracked') {
      table.withdraw(event.key, event.revision, latestKnown[index]);
    }
  }
}
