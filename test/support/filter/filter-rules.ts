import type { FilterRules } from '../../../src/filter/filter.ts';

/** Rules of a filter that remembers an entity for one second. */
export const filterRules: FilterRules = {
  topics: { events: 'events', latest: 'latest', deadLetter: 'dead' },
  groupId: 'g',
  windowMs: 1_000,
  headerRules: { recordHeaders: {} },
};
