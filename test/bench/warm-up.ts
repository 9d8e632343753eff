import { runLoad } from './run-load.ts';
import type { CountedLoad } from './send-bodies.ts';
import type { RunningVariant } from './variants.ts';

/** Maximum duration of the warm-up on a busy machine. */
const maxSeconds = 20;

/** Sends load until the variant has answered this number of requests and its code is compiled. */
export async function warmUp({ url }: RunningVariant, { requests, ...shape }: CountedLoad): Promise<void> {
  let answered = 0;
  for (let second = 0; second < maxSeconds && answered < requests; second += 1) {
    answered += (await runLoad(url, { ...shape, seconds: 1 })).requests;
  }
}
