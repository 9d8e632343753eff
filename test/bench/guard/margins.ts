import type { Figures } from './judge.ts';

/**
 * How many times the stored figure a run may show. Other work on the machine makes much code dearer than little code, and
 * machines differ in that. So the ratio to bare node:http, of the least of each in some rounds, only finds what is grossly
 * slower. Allocations do not know of other work. They differ by 2 % between runs: the compiler does not settle on the same
 * code every time.
 */
export const margins: Figures = { cpuToBare: 1.5, kbAllocated: 1.05 };
