/**
 * Parses the Prometheus text format. Returns the value of each series. The key is the series name with its labels,
 * exactly as in the text.
 */
export function parseMetrics(text: string): ReadonlyMap<string, number> {
  const values = new Map<string, number>();
  for (const line of text.split('\n')) {
    const match = /^([^#\s{]+(?:\{.*\})?) (\S+)$/.exec(line);
    if (match?.[1] !== undefined) {
      values.set(match[1], Number(match[2]));
    }
  }
  return values;
}

/** Returns the sum of all series with this name and these labels. */
export function sumMetric(values: ReadonlyMap<string, number>, name: string, label = ''): number {
  let sum = 0;
  for (const [series, value] of values) {
    if ((series === name || series.startsWith(`${name}{`)) && series.includes(label)) {
      sum += value;
    }
  }
  return sum;
}
