import { type CountedLoad, sendBodies } from './send-bodies.ts';
import type { RunningVariant } from './variants.ts';

/**
 * Measures the bytes allocated on V8's heap per request. Once the code is compiled, after about 40,000 unbatched
 * deliveries, runs differ by 1 to 2 %, even on a busy machine. Returns `undefined` if the variant does not support the
 * measurement, or if a request did not get a 2xx response.
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
