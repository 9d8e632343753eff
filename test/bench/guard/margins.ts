import type { Margins } from './judge.ts';

/**
 * How many times the stored figure an attempt may show. Other work on the machine makes much code dearer than little code, and
 * machines differ in that: of the same code the ratio to bare node:http was 2.1 to 2.7 with other work, 2.2 to 2.3 without.
 * On a machine whose neighbours came and went it was 2.8 to 5.1 from round to round, while the rounds of bare node:http were
 * 47 to 92 µs; they are 25 to 34 µs apart on a machine of its own.
 * The same code was at 2.05 in one hour and at 2.9 in another, with steady rounds in both.
 * Allocations do not know of other work, but the compiler does not settle on the same code every time: 21.8 to 22.9 kB in
 * singles, 479 to 488 kB in batches.
 */
export const margins: Margins = {
  cpuToBare: 1.35,
  cpuToBareUnsteady: 2,
  steadySpread: 1.4,
  kbAllocated: 1.1,
};
