import {
  isJournalRecreated,
  isPositionAtLineEnd,
  readJournal,
} from '../../../src/stores/journal/read-journal.ts';
import type { JournalPosition } from '../../../src/stores/journal/read-segment.ts';
import type { SentRecords } from '../sinks/sent-records.ts';
import type { World } from '../world/world.ts';

const intervalMs = 700;

/** Reads a journal from the last position onwards, as the `filter` command does. */
export class JournalReader {
  readonly seen = new Set<string>();
  readonly #directory: string;
  readonly #sent: SentRecords;
  #position: JournalPosition | undefined;

  constructor(directory: string, sent: SentRecords) {
    this.#directory = directory;
    this.#sent = sent;
  }

  readAgainAndAgain(world: World): void {
    void (async () => {
      await this.read().catch(() => {});
      world.after(intervalMs, () => this.readAgainAndAgain(world));
    })();
  }

  async read(): Promise<void> {
    let from = this.#position;
    if (from !== undefined && (await isJournalRecreated(this.#directory, from))) {
      from = undefined;
    }
    if (from !== undefined && !(await isPositionAtLineEnd(this.#directory, from))) {
      from = { segment: from.segment, offset: 0 };
    }
    for await (const { record, next } of readJournal(this.#directory, { from })) {
      this.seen.add(this.#sent.idOf(record));
      this.#position = next;
    }
  }
}
