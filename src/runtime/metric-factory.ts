import { Gauge, type Metric, type Registry } from 'prom-client';
import { Histogram, type HistogramSeries } from './histogram.ts';
import { TalliedCounter } from './tallied-counter.ts';

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
