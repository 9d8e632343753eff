import type { Margins } from './judge.ts';

/**
 * Allowed ratio of a measured figure to the stored one. The Go peer does the same work beside the receiver, so a slower or busier
 * machine slows down both. In a run whose rounds of the Go peer differ much, other work took CPU time, and the margin is wider.
 * Allocations do not depend on other work, but the compiler does not always produce the same code: 21.8 to 22.9 kB for unbatched
 * events, and 479 to 488 kB for batches.
 */
export const margins: Margins = {
  cpuToGo: 1.1,
  cpuToGoUnsteady: 1.5,
  steadySpread: 1.25,
  kbAllocated: 1.1,
};
