import type { HiddenRange } from './filter-store.ts';

interface HiddenRecordsWatchDeps {
  /** May leave out ends that it could not find. */
  readonly readHidden: (partitions: readonly number[]) => Promise<readonly HiddenRange[]>;
  readonly owned: () => readonly number[];
  /** @param records 0 when all can be read; `undefined` when that is not known */
  readonly onHidden: (topic: HiddenRange['topic'], partition: number, records: number | undefined) => void;
  readonly intervalMs: number;
}

/**
 * Looks for transactions that stay open: they stop the filter, or keep its states from whoever restores them. Under load one
 * transaction of the filter follows the other, so one counts that is open since the look before.
 */
export class HiddenRecordsWatch {
  readonly #deps: HiddenRecordsWatchDeps;
  #before = new Map<string, HiddenRange>();
  #staying: readonly HiddenRange[] = [];
  #isStopped = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(deps: HiddenRecordsWatchDeps) {
    this.#deps = deps;
    void this.#run();
  }

  /** A sentence for the operator about what is hidden in this partition. */
  reasonAt(partition: number): string | undefined {
    return this.#staying.find((range) => range.partition === partition)?.problem;
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  async #run(): Promise<void> {
    await this.#check();
    if (!this.#isStopped) {
      this.#timer = setTimeout(() => void this.#run(), this.#deps.intervalMs);
    }
  }

  async #check(): Promise<void> {
    const { readHidden, owned, onHidden } = this.#deps;
    const found = await readHidden(owned()).catch(() => []);
    if (this.#isStopped) {
      return;
    }
    const now = new Map(found.map((range) => [toName(range), range]));
    for (const [name, { topic, partition }] of this.#before) {
      if (!now.has(name)) {
        onHidden(topic, partition, undefined);
      }
    }
    for (const range of found) {
      onHidden(range.topic, range.partition, this.#isStaying(range) ? range.to - range.from : 0);
    }
    this.#staying = found.filter((range) => this.#isStaying(range));
    this.#before = now;
  }

  #isStaying(range: HiddenRange): boolean {
    return range.from < range.to && this.#before.get(toName(range))?.from === range.from;
  }
}

function toName({ topic, partition }: HiddenRange): string {
  return `${topic}/${partition}`;
}
