import type { Scrape } from './provoked-state.ts';

/** Labels that Prometheus adds to each scraped series. */
const targetLabels = 'job="events",namespace="messaging",instance="pod-0",pod="pod-0"';

const isTimestamp = (name: string) => /_(?:timestamp|start_time)_seconds$/.test(name);

interface ScrapedMetrics {
  /** Values by series, such as `name{label="value"}`. */
  readonly values: ReadonlyMap<string, number>;
  /** Names of the counters, including the series of histograms. */
  readonly counters: ReadonlySet<string>;
}

interface Phases {
  /**
   * Two scrapes of normal operation, whose difference is repeated for `minutesBefore` minutes. Empty if there was no
   * normal operation.
   */
  readonly before: readonly Scrape[];
  readonly minutesBefore: number;
  /** Two scrapes in the state, whose difference is repeated for `minutes` minutes. */
  readonly during: readonly [Scrape, Scrape];
  readonly minutes: number;
  /** Minutes between two samples. */
  readonly step: number;
}

/**
 * Minutes without samples at the start. Promtool's time starts at 0, and timestamps in the metrics must not be
 * negative.
 */
export const emptyMinutes = 120;

/**
 * Converts real scrapes to series for promtool. The series begin with normal operation, and continue with the tested
 * state. At each sample, a counter increases as much as it did between the two scrapes. A timestamp that stayed the same between the
 * scrapes stays constant. A timestamp that changed keeps its age.
 */
export function toPromtoolSeries(
  phases: Phases,
): readonly { readonly series: string; readonly values: string }[] {
  const { before, minutesBefore, during, minutes, step } = phases;
  const [first, second = first] = before.map(readMetrics);
  const [third, fourth] = during.map(readMetrics) as [ScrapedMetrics, ScrapedMetrics];
  const samplesBefore = first === undefined ? 0 : minutesBefore / step;
  const samples = samplesBefore + minutes / step + 1;
  const toAge = (scrape: Scrape | undefined, value: number) => (scrape?.epochMs ?? 0) / 1_000 - value;
  const toSeconds = (sample: number) => (emptyMinutes + sample * step) * 60;
  const empty = Array(emptyMinutes / step).fill('_');

  function sampleCounter(name: string): (number | undefined)[] {
    const [a, b, c, d] = [first, second, third, fourth].map((scraped) => scraped?.values.get(name));
    const early = b === undefined ? undefined : b - (a ?? 0);
    return Array.from({ length: samples }, (_, sample) => {
      if (sample < samplesBefore) {
        return b === undefined || early === undefined ? undefined : (a ?? 0) + early * (sample + 1);
      }
      const start = b === undefined || early === undefined ? 0 : (a ?? 0) + early * samplesBefore;
      return c === undefined || d === undefined
        ? d
        : start + (c - (b ?? 0)) + (d - c) * (sample - samplesBefore);
    });
  }

  function sampleGauge(name: string): (number | undefined)[] {
    const [early, late] = [second?.values.get(name), fourth.values.get(name)];
    return Array.from({ length: samples }, (_, sample) => (sample < samplesBefore ? early : late));
  }

  function sampleTimestamp(name: string): (number | undefined)[] {
    const [a, b, c, d] = [first, second, third, fourth].map((scraped) => scraped?.values.get(name));
    const found: (number | undefined)[] = [];
    for (let sample = 0; sample < samples; sample += 1) {
      const isEarly = sample < samplesBefore;
      const [one, other, scrape, start] = isEarly ? [a, b, before[1], 0] : [c, d, during[1], samplesBefore];
      if (other === undefined || other === 0) {
        found.push(other);
      } else if (one !== other) {
        found.push(toSeconds(sample) - toAge(scrape, other));
      } else if (!isEarly && c === b) {
        found.push(found.at(-1));
      } else {
        found.push(toSeconds(start) - toAge(scrape, other));
      }
    }
    return found;
  }

  const names = new Set([second, third, fourth].flatMap((scraped) => [...(scraped?.values.keys() ?? [])]));
  const scraped = Array.from(names, (name) => {
    const [metric = ''] = name.split('{');
    const sample = fourth.counters.has(metric)
      ? sampleCounter
      : isTimestamp(metric)
        ? sampleTimestamp
        : sampleGauge;
    const values = [...empty, ...sample(name).map((value) => value ?? '_')];
    return { series: withTarget(name), values: values.join(' ') };
  });
  return [
    ...scraped,
    { series: `up{${targetLabels}}`, values: [...empty, ...Array(samples).fill(1)].join(' ') },
  ];
}

/** Reads the series of this product and of the process. */
function readMetrics({ text }: Scrape): ScrapedMetrics {
  const counters = new Set<string>();
  const values = new Map<string, number>();
  for (const line of text.split('\n')) {
    const [, typed, type] = /^# TYPE (\S+) (\S+)/.exec(line) ?? [];
    if (type === 'counter') {
      counters.add(typed as string);
    } else if (type === 'histogram') {
      for (const suffix of ['bucket', 'count', 'sum']) {
        counters.add(`${typed}_${suffix}`);
      }
    }
    const [, name, value] = /^((?:comapi_webhook|process)_[^ {]+(?:\{.*\})?) (\S+)$/.exec(line) ?? [];
    if (name !== undefined) {
      values.set(name, Number(value));
    }
  }
  return { values, counters };
}

function withTarget(name: string): string {
  return name.endsWith('}') ? `${name.slice(0, -1)},${targetLabels}}` : `${name}{${targetLabels}}`;
}
