import type { PlacedRecord, ReadObserver, ReadOptions, RecordSelection } from '../../ports/record-reader.ts';
import type { Clock } from '../../runtime/clock.ts';
import { formatDuration } from '../../runtime/format.ts';
import { untilAborted } from '../../runtime/until-aborted.ts';

export interface SearchDeps {
  readonly read: (selection: RecordSelection, options: ReadOptions) => AsyncIterable<readonly PlacedRecord[]>;
  readonly observer: ReadObserver;
  readonly signal: AbortSignal;
  readonly clock: Pick<Clock, 'now'>;
}

export interface Search {
  /** What is read, for a person: `the events`. */
  readonly what: string;
  readonly selection: RecordSelection;
  readonly isWanted: (record: PlacedRecord) => boolean;
}

export interface SearchResult {
  readonly found: readonly PlacedRecord[];
  /** What was read to its end. None: nothing of it is there. */
  readonly parts: readonly string[];
}

/** Reads a part of a store once, and says after a second how long that will take. */
export async function searchStore(
  { read, observer, signal, clock }: SearchDeps,
  { what, selection, isWanted }: Search,
): Promise<SearchResult> {
  const parts: string[] = [];
  const found: PlacedRecord[] = [];
  const pace = new Pace(clock, (text) => observer.notice(`Reading ${what} ${text}`));
  const options: ReadOptions = {
    follow: false,
    signal,
    observer: {
      begins(part, amount) {
        parts.push(part);
        pace.begins(amount);
        observer.begins(part, amount);
      },
      passed(amount) {
        pace.passed(amount);
        observer.passed(amount);
      },
      notice: (text) => observer.notice(text),
    },
  };
  for await (const batch of untilAborted(read(selection, options), signal)) {
    for (const record of batch) {
      if (isWanted(record)) {
        // Its bytes are a part of all that was read with it.
        found.push({ ...record, value: Buffer.from(record.value) });
      }
    }
  }
  return { found, parts };
}

const measuredMs = 1_000;
/** What is left is shorter than it takes to read the sentence. */
const briefMs = 2_000;

/** The time that a reading takes, by its first second. */
class Pace {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #say: (text: string) => void;
  readonly #startedAt: number;
  #total: number | undefined = 0;
  #done = 0;
  #isSaid = false;

  constructor(clock: Pick<Clock, 'now'>, say: (text: string) => void) {
    this.#clock = clock;
    this.#say = say;
    this.#startedAt = clock.now();
  }

  begins(amount: number | undefined): void {
    this.#total = this.#total === undefined || amount === undefined ? undefined : this.#total + amount;
  }

  passed(amount: number): void {
    this.#done += amount;
    const elapsedMs = this.#clock.now() - this.#startedAt;
    if (this.#isSaid || elapsedMs < measuredMs || this.#done === 0) {
      return;
    }
    this.#isSaid = true;
    if (this.#total === undefined) {
      this.#say('takes nobody knows how long: the store does not say how much there is.');
      return;
    }
    const leftMs = ((this.#total - this.#done) * elapsedMs) / this.#done;
    if (leftMs >= briefMs) {
      this.#say(`takes up to ${formatDuration(leftMs)} more, at the pace of the first second.`);
    }
  }
}
