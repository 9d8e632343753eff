import { type FileHandle, open, rm, stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { hasCode } from './errors.ts';

const renewalMs = 500;
const pollMs = 250;
/** So often a lock is seen without a change before its holder counts as gone: three seconds. */
const pollsUntilGone = 12;

/**
 * A file that one process uses at a time, on this machine or another. The lock is a file beside it whose time changes twice a
 * second: that of a process that was killed counts as free when it has stood still for three seconds. A process that stood
 * still itself finds out before it writes (`check`).
 */
export class FileLock {
  readonly #lock: string;
  readonly #handle: FileHandle;
  readonly #inode: bigint;
  readonly #renewal: NodeJS.Timeout;

  private constructor(lock: string, handle: FileHandle, inode: bigint) {
    this.#lock = lock;
    this.#handle = handle;
    this.#inode = inode;
    let renewals = 0;
    this.#renewal = setInterval(() => {
      renewals += 1;
      // Any time that is another one. What does not pass is found out by the next check.
      handle.utimes(renewals, renewals).catch(() => {});
    }, renewalMs);
    this.#renewal.unref();
  }

  /** @returns `undefined` while another process has it */
  static async take(file: string): Promise<FileLock | undefined> {
    const lock = `${file}.lock`;
    for (;;) {
      try {
        const handle = await open(lock, 'wx', 0o600);
        return new FileLock(lock, handle, (await handle.stat({ bigint: true })).ino);
      } catch (error) {
        if (!hasCode(error, 'EEXIST')) {
          throw error;
        }
      }
      if (await isRenewed(lock)) {
        return undefined;
      }
      await rm(lock, { force: true });
    }
  }

  /** @throws {Error} when another process has it by now */
  async check(): Promise<void> {
    if (!(await this.#isOwn())) {
      throw new Error(`${this.#lock} was taken by another process, because this one stood still`);
    }
  }

  async release(): Promise<void> {
    clearInterval(this.#renewal);
    if (await this.#isOwn()) {
      await rm(this.#lock, { force: true });
    }
    await this.#handle.close();
  }

  async #isOwn(): Promise<boolean> {
    const found = await stat(this.#lock, { bigint: true }).catch(() => undefined);
    return found?.ino === this.#inode;
  }
}

async function isRenewed(lock: string): Promise<boolean> {
  const look = async () => {
    const found = await stat(lock, { bigint: true }).catch(() => undefined);
    return found === undefined ? undefined : `${found.ino} ${found.mtimeNs}`;
  };
  const first = await look();
  if (first === undefined) {
    return false;
  }
  for (let poll = 0; poll < pollsUntilGone; poll += 1) {
    await delay(pollMs);
    const now = await look();
    if (now !== first) {
      return now !== undefined;
    }
  }
  return false;
}
