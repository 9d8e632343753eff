type Labels = Readonly<Record<string, string | number>>;

/** One line of the text format. */
interface Value {
  readonly metricName: string;
  readonly labels: Labels;
  readonly value: number;
}

/** One series of a histogram. */
export class HistogramSeries {
  readonly #labels: Labels;
  readonly #buckets: readonly number[];
  /** Observations that fall into each bucket and into none before it; the last bucket has no bound. */
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

  /** In the order of the text format: buckets with rising counts, sum, count. */
  values(name: string): readonly Value[] {
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
  /** Upper bounds, rising. */
  readonly buckets: readonly number[];
  /** Name of the one label that tells the series apart. */
  readonly label?: string;
}

/**
 * A histogram for prom-client's registry. One of prom-client hashes the labels and makes a closure for each observation.
 * Several observations for each delivery cost more there than the signature check.
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

  /** The series with that value of the label. It is kept, so that observations need no look-up. */
  series(value: string | number = ''): HistogramSeries {
    let series = this.#series.get(value);
    if (series === undefined) {
      const { buckets, label } = this.#options;
      series = new HistogramSeries(buckets, label === undefined ? {} : { [label]: value });
      this.#series.set(value, series);
    }
    return series;
  }

  /** What the registry reads when metrics are collected. */
  get() {
    const { type, name, help } = this;
    const values = [...this.#series.values()].flatMap((series) => series.values(name));
    return { name, help, type, aggregator: 'sum', values };
  }
}
