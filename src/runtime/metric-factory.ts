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

/** Creates the metrics of one registry. Their names share a prefix. */
export interface MetricFactory {
  /** @param collect callback that runs before the counter is collected */
  counter<L extends string = never>(
    name: string,
    help: string,
    labels?: Labels<L>,
    collect?: () => void,
  ): TalliedCounter<L>;
  gauge<L extends string = never>(name: string, help: string, labels?: Labels<L>): Gauge<L>;
  /** Creates a gauge that is set when metrics are collected. */
  collectedGauge<L extends string = never>(
    name: string,
    help: string,
    collect: (gauge: Gauge<L>) => void,
    labels?: Labels<L>,
  ): void;
  /** @param buckets upper bounds, in ascending order */
  histogram(name: string, help: string, buckets: readonly number[]): HistogramSeries;
  /** Creates a histogram with one series per value of a label. */
  labelledHistogram(name: string, help: string, buckets: readonly number[], label: string): Histogram;
}

export function createMetricFactory(registry: Registry, prefix: string): MetricFactory {
  const registries = [registry];
  const addHistogram = (histogram: Histogram): Histogram => {
    // The registry calls only `get`, but its type requires a metric of prom-client.
    registry.registerMetric(histogram as unknown as Metric);
    return histogram;
  };
  return {
    counter: (name, help, labelNames = [], collect?: () => void) =>
      new TalliedCounter({ name: prefix + name, help, labelNames, registers: registries }, collect),
    gauge: (name, help, labelNames = []) =>
      new Gauge({ name: prefix + name, help, labelNames, registers: registries }),
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

/** Tally of a frequently incremented counter series. */
export class CounterTally {
  #pending = 0;

  add(count: number): void {
    this.#pending += count;
  }

  /** Returns and clears the sum since the last call. */
  take(): number {
    const pendingAmount = this.#pending;
    this.#pending = 0;
    return pendingAmount;
  }
}

/**
 * A prom-client counter whose series can be incremented without hashing labels. Pending sums are added when metrics are
 * collected, so that collected values are exact.
 */
export class TalliedCounter<L extends string> extends Counter<L> {
  readonly #tallies: { readonly labels: LabelValues<L>; readonly tally: CounterTally }[] = [];

  /** @param collect callback that runs before the counter is collected */
  constructor(configuration: CounterConfiguration<L>, collect?: () => void) {
    super({
      ...configuration,
      collect() {
        (this as TalliedCounter<L>).#addTallies();
        collect?.();
      },
    });
  }

  /** Creates the series with these labels and returns its tally. */
  tally(labels: LabelValues<L>): CounterTally {
    const tally = new CounterTally();
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
