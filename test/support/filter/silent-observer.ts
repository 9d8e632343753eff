import type { PartitionObserver } from '../../../src/filter/filter.ts';

/** An observer whose methods do nothing. Tests override some of these methods. */
export const silentObserver: PartitionObserver = {
  committed: () => {},
  failed: () => {},
  lag: () => {},
  reset: () => {},
  position: () => {},
  ended: () => {},
};
