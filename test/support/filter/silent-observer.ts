import type { PartitionObserver } from '../../../src/filter/filter.ts';

/** An observer that does nothing, for tests that override a part of it. */
export const silentObserver: PartitionObserver = {
  committed: () => {},
  failed: () => {},
  lag: () => {},
  reset: () => {},
  position: () => {},
  ended: () => {},
};
