import { readFile, rename, rm } from 'node:fs/promises';
import { askToTakeBack } from '../../../src/spool/take-back.ts';

/** Whoever looks after the spool: takes away what was set aside, or lets it be drained again. */
export class Person {
  readonly #directory: string;
  /** Ids of records that were set aside and are in this person's hands. */
  readonly taken: string[] = [];
  #count = 0;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** As a log shipper does it: what is written to the file after it was read is not seen. */
  async takeAway(): Promise<void> {
    this.#count += 1;
    const file = `${this.#directory}/taken-${this.#count}`;
    await rename(`${this.#directory}/set-aside.jsonl`, file);
    this.taken.push(...idsIn(await readFile(file, 'utf8')));
  }

  async askToTakeBack(): Promise<void> {
    await askToTakeBack(this.#directory);
  }

  async removeLock(): Promise<void> {
    await rm(`${this.#directory}/lock`, { force: true });
  }

  /** What is still set aside. */
  async readSetAside(): Promise<string[]> {
    return idsIn(await readFile(`${this.#directory}/set-aside.jsonl`, 'utf8').catch(() => ''));
  }
}

function idsIn(text: string): string[] {
  return text.split('\n').flatMap((line) => /"ce_id":"([^"]*)"/.exec(line)?.[1] ?? []);
}
