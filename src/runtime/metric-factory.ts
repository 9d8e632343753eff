import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

type Labels<L extends string> = readonly L[];

/** Makes the metrics of one registry. Their names begin with one prefix. */
export interface MetricFactory {
  /** @param collect runs before the counter is collected */
  counter<L extends string = never>(
    name: string,
    help: string,
    labels?: Labels<L>,
    collect?: () => void,
  ): Counter<L>;
  gauge<L extends string = never>(name: string, help: string, labels?: Labels<L>): Gauge<L>;
  /** A gauge that is set when metrics are collected. */
  collectedGauge<L extends string = never>(
    name: string,
    help: string,
    collect: (gauge: Gauge<L>) => void,
    labels?: Labels<L>,
  ): void;
  histogram<L extends string = never>(
    name: string,
    help: string,
    buckets: readonly number[],
    labels?: Labels<L>,
  ): Histogram<L>;
}

export function createMetricFactory(registry: Registry, prefix: string): MetricFactory {
  const registers = [registry];
  return {
    counter: (name, help, labelNames = [], collect?: () => void) =>
      new Counter({ name: prefix + name, help, labelNames, registers, ...(collect && { collect }) }),
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
    histogram: (name, help, buckets, labelNames = []) =>
      new Histogram({ name: prefix + name, help, buckets: [...buckets], labelNames, registers }),
  };
}
