import { type FileHandle, open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { unlessMissing } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import { syncDirectory } from '../../runtime/make-directory.ts';
import { probeDisk } from '../journal/disk-watch.ts';
import { joinLines } from '../journal/journal-line.ts';
import { checkName, healSegment } from '../journal/journal-segment.ts';
import { countLinesIfAny, type LineCount } from './spool-line.ts';

interface SetAsideOptions {
  readonly directory: string;
  readonly logger: Logger;
  readonly retryIntervalMs: number;
}

/** In the directory of a spool. */
export const setAsideFile = 'set-aside.jsonl';

/** So much is kept in memory while the file cannot be written. */
const maxOwedBytes = 16 * 1024 * 1024;

/**
 * The lines that no store takes, kept for a person in a file. It counts against the spool's bound until somebody moves it
 * away. While the disk is full, lines are owed: the spool goes on, and keeps the segments that have them.
 */
export class SetAside {
  readonly #options: SetAsideOptions;
  readonly #file: string;
  #count: LineCount;
  #owed: { readonly segment: string; readonly text: string }[] = [];
  #turn: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;
  /** Runs when no line is owed any more. */
  onSettled: () => void = () => {};

  constructor(options: SetAsideOptions, count: LineCount) {
    this.#options = options;
    this.#file = join(options.directory, setAsideFile);
    this.#count = count;
    this.#goOnLater();
  }

  get records(): number {
    return this.#owed.length + this.#count.lines;
  }

  get bytes(): number {
    return this.#count.bytes;
  }

  get isOwing(): boolean {
    return this.#owed.length > 0;
  }

  owes(segment: string): boolean {
    return this.#owed.some((line) => line.segment === segment);
  }

  /** Resolves when the lines are durable, or owed. @throws {Error} when too much is owed: then the spool has to wait */
  async add(segment: string, lines: readonly string[]): Promise<void> {
    const owedBytes = this.#owed.reduce((sum, { text }) => sum + text.length, 0);
    if (owedBytes > maxOwedBytes) {
      throw new Error(`${this.#file} cannot be written, and too many records wait for it`);
    }
    this.#owed.push(...lines.map((text) => ({ segment, text })));
    await this.#goOn();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#turn;
  }

  /** One call of the file system at a time, so that a directory which hangs holds up no other one. */
  #goOn(): Promise<void> {
    this.#turn = this.#turn.then(() => this.#takeTurn());
    return this.#turn;
  }

  async #takeTurn(): Promise<void> {
    const { logger } = this.#options;
    try {
      await (this.#owed.length > 0 ? this.#writeOwed() : this.#lookForFile());
    } catch (error) {
      logger.debug({ err: error, records: this.#owed.length }, 'records cannot be set aside yet');
    }
    this.#goOnLater();
  }

  #goOnLater(): void {
    clearTimeout(this.#timer);
    if (this.records > 0 && !this.#isStopped) {
      this.#timer = setTimeout(() => void this.#goOn(), this.#options.retryIntervalMs).unref();
    }
  }

  async #lookForFile(): Promise<void> {
    if ((await unlessMissing(stat(this.#file))) === undefined) {
      this.#count = noLines;
    }
  }

  async #writeOwed(): Promise<void> {
    const lines = [...this.#owed];
    // A line that is written in part stays there, so it is not tried where there is no room.
    await probeDisk(join(this.#options.directory, 'probe-set-aside'));
    await this.#lookForFile();
    const added = await appendLines(
      this.#file,
      lines.map(({ text }) => text),
    );
    this.#count = { lines: this.#count.lines + added.lines, bytes: this.#count.bytes + added.bytes };
    this.#owed = this.#owed.slice(lines.length);
    this.onSettled();
  }
}

const noLines: LineCount = { lines: 0, bytes: 0 };

export async function openSetAside(options: SetAsideOptions): Promise<SetAside> {
  const file = join(options.directory, setAsideFile);
  await unlessMissing(healSegment(file));
  return new SetAside(options, await countLinesIfAny(file));
}

const lineFeed = 0x0a;

/**
 * Only ever behind what is there, and nothing is cut off: another process may have lost the directory and not know it yet.
 * A torn last line gets its end, and is a line of its own.
 */
async function appendLines(file: string, lines: readonly string[]): Promise<LineCount> {
  const handle = await open(file, 'a+', 0o640);
  try {
    const isTorn = await endsInLine(handle);
    const bytes = joinLines([...(isTorn ? ['\n'] : []), ...lines.map((line) => `${line}\n`)]);
    await handle.appendFile(bytes);
    await handle.datasync();
    await syncDirectory(join(file, '..'));
    await checkName(handle, file);
    return { lines: lines.length + (isTorn ? 1 : 0), bytes: bytes.length };
  } finally {
    await handle.close();
  }
}

async function endsInLine(handle: FileHandle): Promise<boolean> {
  const { size } = await handle.stat();
  const { bytesRead, buffer } = await handle.read(Buffer.alloc(1), 0, 1, Math.max(0, size - 1));
  return bytesRead === 1 && buffer[0] !== lineFeed;
}
