import { readFile, rename, rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { askToTakeBack } from '../../../src/stores/spool/take-back.ts';
import type { SentRecords } from '../sinks/sent-records.ts';

const againMs = 1_000;

/** Whoever looks after the spool: takes away what was set aside, or lets it be drained again. */
export class Person {
  readonly #directory: string;
  readonly #sent: SentRecords;
  /** Ids of records that were set aside and are in this person's hands. */
  readonly taken: string[] = [];
  #count = 0;

  constructor(directory: string, sent: SentRecords) {
    this.#directory = directory;
    this.#sent = sent;
  }

  /** As a log shipper does it: what is written to the file after it was read is not seen. */
  async takeAway(): Promise<void> {
    this.#count += 1;
    const file = `${this.#directory}/taken-${this.#count}`;
    await rename(`${this.#directory}/set-aside.jsonl`, file);
    this.taken.push(...this.#idsIn(await readUntilRead(file)));
  }

  async askToTakeBack(): Promise<void> {
    await askToTakeBack(this.#directory);
  }

  async removeLock(): Promise<void> {
    await rm(`${this.#directory}/lock`, { force: true });
  }

  /** What is still set aside. */
  async readSetAside(): Promise<string[]> {
    return this.#idsIn(await readFile(`${this.#directory}/set-aside.jsonl`, 'utf8').catch(() => ''));
  }

  /** A torn line gets its end when the next one is set aside. What is not as it was sent is lost. */
  #idsIn(text: string): string[] {
    return this.#sent.readLines(text).filter((id) => this.#sent.has(id));
  }
}

/** A disk that gives nothing now is asked again. */
async function readUntilRead(file: string): Promise<string> {
  for (;;) {
    try {
      return await readFile(file, 'utf8');
    } catch {
      await delay(againMs);
    }
  }
}
