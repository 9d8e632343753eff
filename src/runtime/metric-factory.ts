import {
  Counter,
  type CounterConfiguration,
  Gauge,
  type LabelValues,
  type Metric,
  type Registry,
} from 'prom-client';
import { Histogram, type HistogramSeries } from './histogram.ts';

type Labels<L extends string> = readonly L[];

/** Makes the metrics of one registry. Their names begin with one prefix. */
export interface MetricFactory {
  /** @param collect runs before the counter is collected */
  counter<L extends string = never>(
    name: string,
    help: string,
    labels?: Labels<L>,
    collect?: () => void,
  ): TalliedCounter<L>;
  gauge<L extends string = never>(name: string, help: string, labels?: Labels<L>): Gauge<L>;
  /** A gauge that is set when metrics are collected. */
  collectedGauge<L extends string = never>(
    name: string,
    help: string,
    collect: (gauge: Gauge<L>) => void,
    labels?: Labels<L>,
  ): void;
  /** @param buckets upper bounds, rising */
  histogram(name: string, help: string, buckets: readonly number[]): HistogramSeries;
  /** A histogram with a series for each value of one label. */
  labelledHistogram(name: string, help: string, buckets: readonly number[], label: string): Histogram;
}

export function createMetricFactory(registry: Registry, prefix: string): MetricFactory {
  const registers = [registry];
  const addHistogram = (histogram: Histogram): Histogram => {
    // The registry calls nothing but `get`; its type asks for a metric of prom-client's own.
    registry.registerMetric(histogram as unknown as Metric);
    return histogram;
  };
  return {
    counter: (name, help, labelNames = [], collect?: () => void) =>
      new TalliedCounter({ name: prefix + name, help, labelNames, registers }, collect),
    gauge: (name, help, labelNames = []) => new Gauge({ name: prefix + name, help, labelNames, registers }),
    collectedGauge(name, help, collect, labelNames = []) {
      const gauge = new Gauge({
        name: prefix + name,
        help,
        labelNames,
        registers: [],
        collect() {
          collect(this);
        },
      });
      registry.registerMetric(gauge);
    },
    histogram: (name, help, buckets) =>
      addHistogram(new Histogram({ name: prefix + name, help, buckets })).series(),
    labelledHistogram: (name, help, buckets, label) =>
      addHistogram(new Histogram({ name: prefix + name, help, buckets, label })),
  };
}

/** A series that is counted often. */
export class Tally {
  #pending = 0;

  add(count: number): void {
    this.#pending += count;
  }

  /** What was added since the last call. */
  take(): number {
    const pending = this.#pending;
    this.#pending = 0;
    return pending;
  }
}

/**
 * A counter of prom-client whose series may be counted in numbers. The sums are added when metrics are collected, so what
 * is collected is exact, and counting a delivery hashes no labels.
 */
export class TalliedCounter<L extends string> extends Counter<L> {
  readonly #tallies: { readonly labels: LabelValues<L>; readonly tally: Tally }[] = [];

  /** @param collect runs before the counter is collected */
  constructor(configuration: CounterConfiguration<L>, collect?: () => void) {
    super({
      ...configuration,
      collect() {
        (this as TalliedCounter<L>).#addTallies();
        collect?.();
      },
    });
  }

  /** A tally of the series with these labels, which exists from now on. */
  tally(labels: LabelValues<L>): Tally {
    const tally = new Tally();
    this.#tallies.push({ labels, tally });
    this.inc(labels, 0);
    return tally;
  }

  #addTallies(): void {
    for (const { labels, tally } of this.#tallies) {
      this.inc(labels, tally.take());
    }
  }
}
