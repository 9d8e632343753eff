import { type CountedLoad, sendBodies } from './send-bodies.ts';
import type { RunningVariant } from './variants.ts';

/**
 * Measures the bytes allocated on V8's heap per request. When the code is compiled, about 40,000 unbatched deliveries after the
 * start, runs differ by 1 to 2 %, even on a busy machine. Returns `undefined` if the variant does not support it, or if a request
 * was not answered 2xx.
 */
export async function measureAllocations(
  variant: RunningVariant,
  load: CountedLoad,
): Promise<number | undefined> {
  let failures = 0;
  const bytes = await variant.countAllocatedBytes?.(async () => {
    failures = await sendBodies(variant.url, load);
  });
  return bytes === undefined || failures > 0 ? undefined : bytes / load.requests;
}
