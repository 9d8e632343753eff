import { Counter, type CounterConfiguration, type LabelValues } from 'prom-client';

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
