import { type CountedLoad, sendBodies } from './send-bodies.ts';
import type { RunningVariant } from './variants.ts';

/**
 * Measures how many bytes a request allocates on V8's heap. After about 40,000 unbatched deliveries, the code is
 * compiled, and runs then differ by only 1 to 2 %, even on a busy machine. Returns `undefined` if the variant does not
 * support this measurement, or if a request did not get a 2xx response.
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
