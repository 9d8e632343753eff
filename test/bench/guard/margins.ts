import type { Figures } from './judge.ts';

/**
 * How many times the stored figure a run may show. Other work on the machine makes much code dearer than little code, and
 * machines differ in that: of the same code the ratio to bare node:http was 2.1 to 2.7 with other work, 2.2 to 2.3 without.
 * Allocations do not know of other work, but the compiler does not settle on the same code every time: 22.9 to 24.8 kB in
 * singles, 479 to 499 kB in batches.
 */
export const margins: Figures = { cpuToBare: 1.35, kbAllocated: 1.1 };
