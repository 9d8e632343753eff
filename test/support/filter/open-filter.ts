import type { FilterConfig } from '../../../src/config/filter-config.ts';
import type { RevisionFilterDeps } from '../../../src/revision-filter.ts';
import type { FilterSettings } from '../../../src/stores/kafka/consume/filter/kafka-filter.ts';
import { createKafkaStore } from '../../../src/stores/kafka/kafka-store.ts';

/** Short intervals, so that tests run quickly. */
const quickFilter: FilterSettings = {
  sessionTimeoutMs: 6_000,
  commitIntervalMs: 5,
  transactionTimeoutMs: 30_000,
};

/** Opens the filter of the configured store in the same manner as the command. */
export async function openFilter(
  { store }: FilterConfig,
  settings = quickFilter,
): Promise<Pick<RevisionFilterDeps, 'createFilter'>> {
  const filter = store.kind === 'kafka' ? await createKafkaStore(store, settings).openFilter() : undefined;
  if (filter === undefined || !('create' in filter)) {
    throw new Error('The filter of this store does not keep running');
  }
  return { createFilter: filter.create };
}
