import { runLoad } from './run-load.ts';
import type { CountedLoad } from './send-bodies.ts';
import type { RunningVariant } from './variants.ts';

/** Beside much other work it may take so long. */
const mostSeconds = 20;

/** Load until the variant has answered so many: until its code is compiled. */
export async function warmUp({ url }: RunningVariant, { requests, ...shape }: CountedLoad): Promise<void> {
  let answered = 0;
  for (let second = 0; second < mostSeconds && answered < requests; second += 1) {
    answered += (await runLoad(url, { ...shape, seconds: 1 })).requests;
  }
}
