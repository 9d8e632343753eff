const suffixes: Record<string, string> = { reqps: ' req/s', eps: ' ev/s', recps: ' rec/s', ops: ' ops/s' };

/** A number as Grafana shows it, nearly. */
export function formatUnit(value: number, unit: string): string {
  if (Number.isNaN(value)) {
    return 'no data';
  }
  switch (unit) {
    case 'percentunit':
      return `${round(value * 100)} %`;
    case 's':
      return value >= 1 || value === 0 ? `${round(value)} s` : `${round(value * 1000)} ms`;
    case 'short':
      return value >= 1000 ? `${Number((value / 1000).toPrecision(3))} K` : `${Math.round(value)}`;
    case 'bytes':
      return value >= 1_048_576 ? `${round(value / 1_048_576)} MiB` : `${round(value / 1024)} KiB`;
    default:
      return `${round(value)}${suffixes[unit] ?? ''}`;
  }
}

function round(value: number): string {
  return String(Number(value.toPrecision(4)));
}
