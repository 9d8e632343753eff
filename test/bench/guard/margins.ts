import type { Figures } from './judge.ts';

/**
 * How many times the stored figure a run may show. Other work on the machine makes much code dearer than little code, and
 * machines differ in that: the ratio to bare node:http was 2.1 to 2.7 in four runs. So it only finds what is grossly slower.
 * Allocations do not know of other work, but the compiler does not settle on the same code every time: 22.9 to 24.8 kB in
 * singles, 479 to 499 kB in batches.
 */
export const margins: Figures = { cpuToBare: 1.5, kbAllocated: 1.1 };
