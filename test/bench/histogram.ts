/** Cumulative counts by upper bound, as Prometheus exposes a histogram. */
export type Buckets = ReadonlyMap<number, number>;

/** The buckets of one histogram, all of its series added up. */
export async function readHistogram(managementUrl: string, name: string): Promise<Buckets> {
  const text = await (await fetch(`${managementUrl}/metrics`)).text();
  const buckets = new Map<number, number>();
  for (const [, bound = '', count] of text.matchAll(
    new RegExp(`^${name}_bucket\\{[^}]*le="([^"]+)"[^}]*\\} (\\d+)`, 'gm'),
  )) {
    const upper = bound === '+Inf' ? Number.POSITIVE_INFINITY : Number(bound);
    buckets.set(upper, (buckets.get(upper) ?? 0) + Number(count));
  }
  return buckets;
}

/** The bucket that a quantile of what came between two readings falls into, as `(lower, upper]` in the unit of the metric. */
export function quantileBetween(before: Buckets, after: Buckets, share: number): readonly [number, number] {
  const counts = [...after]
    .map(([bound, count]) => [bound, count - (before.get(bound) ?? 0)] as const)
    .toSorted(([one], [other]) => one - other);
  const total = counts.at(-1)?.[1] ?? 0;
  let lower = 0;
  for (const [bound, count] of counts) {
    if (count >= total * share) {
      return [lower, bound];
    }
    lower = bound;
  }
  return [lower, Number.POSITIVE_INFINITY];
}
