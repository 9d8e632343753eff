type Labels = Readonly<Record<string, string | number>>;

/** A sample, which becomes one line in the Prometheus text format. */
interface SampleValue {
  readonly metricName: string;
  readonly labels: Labels;
  readonly value: number;
}

export class HistogramSeries {
  readonly #labels: Labels;
  readonly #buckets: readonly number[];
  /** Number of observations in each bucket, not cumulative. The last bucket has no upper bound. */
  readonly #counts: number[];
  #sum = 0;

  constructor(buckets: readonly number[], labels: Labels) {
    this.#labels = labels;
    this.#buckets = buckets;
    this.#counts = Array.from({ length: buckets.length + 1 }, () => 0);
  }

  observe(value: number): void {
    const buckets = this.#buckets;
    let index = 0;
    while (index < buckets.length && value > (buckets[index] as number)) {
      index += 1;
    }
    this.#counts[index] = (this.#counts[index] as number) + 1;
    this.#sum += value;
  }

  /** Returns the samples in the order of the text format: cumulative buckets, sum, count. */
  values(name: string): readonly SampleValue[] {
    const labels = this.#labels;
    let count = 0;
    const bounds = [...this.#buckets, '+Inf'];
    const buckets = bounds.map((le, index) => {
      count += this.#counts[index] as number;
      return { metricName: `${name}_bucket`, labels: { le, ...labels }, value: count };
    });
    return [
      ...buckets,
      { metricName: `${name}_sum`, labels, value: this.#sum },
      { metricName: `${name}_count`, labels, value: count },
    ];
  }
}

export interface HistogramOptions {
  readonly name: string;
  readonly help: string;
  /** Upper bounds, in ascending order. */
  readonly buckets: readonly number[];
  /** Name of the histogram's only label. */
  readonly label?: string;
}

/**
 * A histogram for prom-client's registry. The histogram of prom-client hashes the labels and creates a closure for each
 * observation. With several observations per delivery, that costs more than the signature check.
 */
export class Histogram {
  readonly type = 'histogram';
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
  readonly #options: HistogramOptions;
  readonly #series = new Map<string | number, HistogramSeries>();

  constructor(options: HistogramOptions) {
    this.name = options.name;
    this.help = options.help;
    this.labelNames = options.label === undefined ? [] : [options.label];
    this.#options = options;
  }

  /** Returns the series with this label value. Callers keep the series, so that observations do not need a lookup. */
  series(value: string | number = ''): HistogramSeries {
    let series = this.#series.get(value);
    if (series === undefined) {
      const { buckets, label } = this.#options;
      series = new HistogramSeries(buckets, label === undefined ? {} : { [label]: value });
      this.#series.set(value, series);
    }
    return series;
  }

  /** Returns all samples. The registry calls this method when metrics are collected. */
  get() {
    const { type, name, help } = this;
    const values = [...this.#series.values()].flatMap((series) => series.values(name));
    return { name, help, type, aggregator: 'sum', values };
  }
}
