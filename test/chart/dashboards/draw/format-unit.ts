const suffixes: Readonly<Record<string, string>> = {
  reqps: ' req/s',
  eps: ' events/s',
  recps: ' rec/s',
  ops: ' ops/s',
};

/** Formats a value with a Grafana unit and three significant digits. */
export function formatUnit(value: number, unit: string): string {
  if (Number.isNaN(value)) {
    return 'No data';
  }
  switch (unit) {
    case 'percentunit':
      return `${round(value * 100)} %`;
    case 's':
      return value >= 1 || value === 0 ? `${round(value)} s` : `${round(value * 1000)} ms`;
    case 'bytes':
      return value >= 1_048_576 ? `${round(value / 1_048_576)} MiB` : `${round(value / 1024)} KiB`;
    default:
      return `${value >= 10_000 ? `${round(value / 1000)} K` : round(value)}${suffixes[unit] ?? ''}`;
  }
}

function round(value: number): string {
  return String(Number(value.toPrecision(Math.abs(value) >= 1000 ? 4 : 3)));
}
