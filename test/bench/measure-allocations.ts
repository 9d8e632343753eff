import { type CountedLoad, sendBodies } from './send-bodies.ts';
import type { RunningVariant } from './variants.ts';

/**
 * Bytes allocated on V8's heap per request. Once the code is compiled, some 40,000 single deliveries after the start, it
 * differs by a hundredth or two between runs, however busy the machine is. `undefined`: not counted for this variant, or not
 * every request was answered 2xx.
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
