const [second, minute, hour] = [1_000, 60_000, 3_600_000];

/** When the provider repeats a delivery that failed, up to 24 h in all. Then it gives up. */
export const repeatAfterMs: readonly number[] = [
  ...[5 * second, 5 * second, 30 * second, 30 * second],
  ...[1 * minute, 2 * minute, 5 * minute, 10 * minute, 15 * minute, 30 * minute],
  ...[1 * hour, 2 * hour, 4 * hour, 4 * hour, 4 * hour, 4 * hour, 4 * hour],
];

/** Whether a delivery is repeated at all: 2xx is taken for good, and of 400 and 401 the provider thinks that it is its own fault. */
export function isRepeated(outcome: number | string): boolean {
  return (
    typeof outcome !== 'number' || !((outcome >= 200 && outcome < 300) || outcome === 400 || outcome === 401)
  );
}
