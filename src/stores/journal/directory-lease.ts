import { randomBytes } from 'node:crypto';
import { type FileHandle, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { SinkError } from '../../ports/sink.ts';
import { hasCode, unlessMissing } from '../../runtime/errors.ts';
import { describeOwnProcess, hasEnded, nameHolder, readHolder } from './lease-holder.ts';

/** A directory that this process has for itself, as long as no other one counts it as gone. */
export interface DirectoryLease {
  /** Resolves when the directory is another one's. Never, when it is released. */
  readonly lost: Promise<void>;
  /**
   * What was written before this is in the directory when the next one takes it over.
   *
   * @throws {SinkError} when the directory is another one's
   * @throws {Error} when that cannot be told now
   */
  check(): Promise<void>;
  release(): Promise<void>;
}

/** A living process has the directory. */
export class InUseError extends Error {}

export interface LeaseOptions {
  readonly directory: string;
  /** Ends the wait for a directory. */
  readonly signal?: AbortSignal | undefined;
  /** The lock cannot be renewed, and that is new: another process may count this one as gone. */
  readonly onStale?: ((error: unknown) => void) | undefined;
}

export const lockName = 'lock';
const renewalMs = 1_000;
const pollMs = 250;
/** So often in a row a lock is seen without a change before its holder counts as gone: ten seconds of the watcher's own. */
const maxRemovalPolls = 40;

/**
 * Takes a directory. The lock is a file; who has it is its inode, and its time changes each second. A process that cannot be
 * asked, because it is in another container, is watched: neither clocks nor process ids are compared. One that was stopped for
 * longer loses the directory, and finds out before it acknowledges anything (`check`).
 *
 * The file may be empty, and is replaced by a rename: that works on a full disk too.
 *
 * @throws {Error} naming the process that has it
 */
export async function takeDirectory({ directory, signal, onStale }: LeaseOptions): Promise<DirectoryLease> {
  const lock = join(directory, lockName);
  const holder = await findLivingHolder(lock, signal);
  if (holder !== undefined) {
    throw new InUseError(`${directory} is in use by ${holder}`);
  }
  const handle = await putLock(directory, lock);
  const { ino, dev } = await handle.stat({ bigint: true });
  const lost = Promise.withResolvers<void>();
  const ended = new AbortController();
  let isLost = false;

  async function check(): Promise<void> {
    const found = await look(lock);
    // A lock that alone is missing may be taken by anybody. A directory that was away may come back between two looks, so
    // only one that lists no lock has none.
    if (found === undefined && (await readdir(directory)).includes(lockName)) {
      throw new Error(`${directory} was away for a moment`);
    }
    isLost ||= found?.ino !== ino || found.dev !== dev;
    if (isLost) {
      // A lock that `release` has removed meanwhile is not lost.
      if (!ended.signal.aborted) {
        lost.resolve();
      }
      throw new SinkError('sink_unavailable', `${directory} was taken over by another process`);
    }
  }

  async function keepRenewed(): Promise<void> {
    let seconds = (await handle.stat()).mtimeMs / 1000;
    let isStale = false;
    while (!isLost) {
      await delay(renewalMs, undefined, { signal: ended.signal, ref: false });
      seconds += 1;
      try {
        await handle.utimes(seconds, seconds);
        isStale = false;
      } catch (error) {
        // The directory may be lost to another process by that: `check` tells.
        if (!isStale) {
          onStale?.(error);
        }
        isStale = true;
      }
      await check().catch(() => {});
    }
  }

  // Ends by its signal.
  void keepRenewed().catch(() => {});
  return {
    lost: lost.promise,
    check,
    async release() {
      ended.abort();
      try {
        await check();
        await rm(lock, { force: true });
      } catch {
        // It is not ours, or cannot be removed: then it is seen to stand still.
      } finally {
        await handle.close();
      }
    },
  };
}

/** @returns who has the lock, for a person; `undefined` when nobody has it any more */
async function findLivingHolder(lock: string, signal: AbortSignal | undefined): Promise<string | undefined> {
  const first = await look(lock);
  const holder = await readHolder(lock);
  if (first === undefined || (holder !== undefined && (await hasEnded(holder)))) {
    return undefined;
  }
  for (let poll = 0; poll < maxRemovalPolls; poll += 1) {
    await delay(pollMs, undefined, { signal });
    const now = await look(lock);
    if (now === undefined) {
      return undefined;
    }
    if (now.ino !== first.ino || now.mtimeNs !== first.mtimeNs) {
      return nameHolder(await readHolder(lock));
    }
  }
  return undefined;
}

/** If two do this at once, the later one has the directory. The other one finds out by its first `check`. */
async function putLock(directory: string, lock: string): Promise<FileHandle> {
  const own = join(directory, `lock-${randomBytes(4).toString('hex')}`);
  const handle = await open(own, 'wx', 0o600);
  try {
    await handle.writeFile(await describeOwnProcess()).catch((error: unknown) => {
      if (!hasCode(error, 'ENOSPC', 'EDQUOT')) {
        throw error;
      }
    });
    await rename(own, lock);
    return handle;
  } catch (error) {
    await handle.close();
    await rm(own, { force: true }).catch(() => {});
    throw error;
  }
}

function look(file: string) {
  return unlessMissing(stat(file, { bigint: true }));
}
