import type { PartitionObserver } from '../../../src/filter/filter.ts';

/** For tests that observe a part of it only. */
export const silentObserver: PartitionObserver = {
  committed: () => {},
  failed: () => {},
  lag: () => {},
  reset: () => {},
  position: () => {},
  ended: () => {},
};
