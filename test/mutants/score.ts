/** Result of one mutant. */
export interface Result {
  /** Name of the check that detected the mutant. `undefined` if none did. */
  readonly foundBy: string | undefined;
}

/**
 * Returns the share of detected mutants with its 95 % Wilson score interval.
 *
 * @see https://en.wikipedia.org/wiki/Binomial_proportion_confidence_interval#Wilson_score_interval
 */
export function scoreOf(results: readonly Result[]): {
  readonly found: number;
  readonly of: number;
  readonly low: number;
  readonly high: number;
} {
  const of = results.length;
  const found = results.filter(({ foundBy }) => foundBy !== undefined).length;
  if (of === 0) {
    return { found, of, low: 0, high: 1 };
  }
  const z = 1.96;
  const share = found / of;
  const middle = share + z ** 2 / (2 * of);
  const spread = z * Math.sqrt((share * (1 - share)) / of + z ** 2 / (4 * of ** 2));
  const scale = 1 + z ** 2 / of;
  return {
    found,
    of,
    low: Math.max(0, (middle - spread) / scale),
    high: Math.min(1, (middle + spread) / scale),
  };
}
