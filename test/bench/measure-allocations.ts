import type { LoadShape } from './measure.ts';
import { runLoad } from './run-load.ts';
import type { RunningVariant } from './variants.ts';

/**
 * Bytes allocated on V8's heap per request that was answered 2xx, under closed-loop load. Once the code is compiled, some
 * 40,000 single deliveries after the start, it differs by a hundredth between runs, however busy the machine is.
 * `undefined`: not counted for this variant, or nothing was answered.
 */
export async function measureAllocations(
  variant: RunningVariant,
  shape: LoadShape,
): Promise<number | undefined> {
  let requests = 0;
  const bytes = await variant.countAllocatedBytes?.(async () => {
    ({ requests } = await runLoad({ url: variant.url, ...shape }));
  });
  return bytes === undefined || requests === 0 ? undefined : bytes / requests;
}
