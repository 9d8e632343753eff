/** The median of one value to the other of the same round: other work on the machine comes and goes between rounds. */
export function toMedianRatio(values: readonly number[], others: readonly number[]): number {
  return toMedian(values.map((value, round) => value / (others[round] ?? Number.NaN)));
}

export function toMedian(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2;
}
