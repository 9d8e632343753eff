import type { FilterConfig } from '../../../src/config/filter-config.ts';
import type { RevisionFilterDeps } from '../../../src/revision-filter.ts';
import { openStore } from '../../../src/stores/open-store.ts';

/** The filter of the configured store, as the command opens it. */
export async function openFilter({ store }: FilterConfig): Promise<Pick<RevisionFilterDeps, 'createFilter'>> {
  const filter = await (await openStore(store)).openFilter();
  if (!('create' in filter)) {
    throw new Error('The filter of this store does not keep running');
  }
  return { createFilter: filter.create };
}
