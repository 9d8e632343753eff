import type { Sample } from './measure.ts';
import type { RunningVariant } from './variants.ts';

export interface Shape {
  readonly batchSize: number;
  readonly connections: number;
}

/** Formats the median, minimum and maximum of a value over all rounds. */
function spread(values: readonly number[], digits: number) {
  const sorted = values.toSorted((one, other) => one - other);
  const at = (index: number) => sorted[index] ?? Number.NaN;
  const middle = (sorted.length - 1) / 2;
  const median = (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2;
  const show = (value: number) => value.toFixed(digits);
  return { median, text: `${show(median)} (${show(at(0))}–${show(at(sorted.length - 1))})` };
}

export interface Measured {
  readonly samples: readonly Sample[];
  /** Allocated bytes per request. */
  readonly allocated: number | undefined;
}

/**
 * Formats a Markdown table with one row for each variant and load shape. The ratios compare each median CPU time with
 * that of the first variant.
 */
export function toBenchTable(
  variants: readonly RunningVariant[],
  shapes: readonly Shape[],
  read: (variant: RunningVariant, shape: Shape) => Measured,
): string {
  const rows = [
    '| events a body | connections | variant | CPU to bare | CPU µs a request | CPU µs an event | KB allocated a delivery | requests/s | p50 ms | p99 ms | failed % | resident MiB | most resident MiB |',
    '|---|---|---|---|---|---|---|---|---|---|---|---|---|',
  ];
  for (const { batchSize, connections } of shapes) {
    let floor: number | undefined;
    for (const variant of variants) {
      const { name } = variant;
      const { samples: own, allocated } = read(variant, { batchSize, connections });
      if (own.length === 0) {
        rows.push(`| ${batchSize} | ${connections} | ${name} | answered nothing | | | | | | | | | |`);
        continue;
      }
      const of = (pick: (sample: Sample) => number, digits: number) => spread(own.map(pick), digits);
      const cpu = of((sample) => sample.cpuUsPerRequest, 1);
      floor ??= cpu.median;
      rows.push(
        `| ${[
          batchSize,
          connections,
          name,
          (floor / cpu.median).toFixed(2),
          cpu.text,
          (cpu.median / batchSize).toFixed(1),
          allocated === undefined ? '–' : (allocated / 1000).toFixed(1),
          of((sample) => sample.requestsPerSecond, 0).text,
          of((sample) => sample.p50Ms, 1).text,
          of((sample) => sample.p99Ms, 1).text,
          of((sample) => sample.failedShare * 100, 0).text,
          of((sample) => sample.residentMib, 0).text,
          of((sample) => sample.peakMib, 0).text,
        ].join(' | ')} |`,
      );
    }
  }
  rows.push('', '| variant | CPU ms from start to ready |', '|---|---|');
  for (const { name, startCpuSeconds } of variants) {
    rows.push(`| ${name} | ${(startCpuSeconds * 1000).toFixed(0)} |`);
  }
  return `${rows.join('\n')}\n`;
}
