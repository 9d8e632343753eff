let lastMs = Number.NaN;
let lastText = '';

/**
 * ISO 8601 in UTC, with milliseconds. Under load many deliveries share a millisecond, and formatting it costs as much as
 * a look-up in the metrics.
 *
 * @param epochMs milliseconds since 1970
 */
export function isoTime(epochMs: number): string {
  if (epochMs !== lastMs) {
    lastText = new Date(epochMs).toISOString();
    lastMs = epochMs;
  }
  return lastText;
}
