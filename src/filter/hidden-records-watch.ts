import { type Repetition, repeat } from '../runtime/repeat.ts';
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
  readonly #repetition: Repetition;

  constructor(deps: HiddenRecordsWatchDeps) {
    this.#deps = deps;
    this.#repetition = repeat(() => this.#check(), deps.intervalMs);
  }

  /** A sentence for the operator about what is hidden in this partition. */
  reasonAt(partition: number): string | undefined {
    return this.#staying.find((range) => range.partition === partition)?.problem;
  }

  stop(): void {
    this.#repetition.stop();
  }

  async #check(): Promise<void> {
    const { readHidden, owned, onHidden } = this.#deps;
    const found = await readHidden(owned()).catch(() => []);
    if (this.#repetition.isStopped) {
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
