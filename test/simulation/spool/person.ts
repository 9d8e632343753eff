import { readFile, rename, rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { askToTakeBack } from '../../../src/stores/spool/take-back.ts';

const againMs = 1_000;

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
    this.taken.push(...idsIn(await readUntilRead(file)));
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

function idsIn(text: string): string[] {
  return text.split('\n').flatMap((line) => /"ce_id":"([^"]*)"/.exec(line)?.[1] ?? []);
}
