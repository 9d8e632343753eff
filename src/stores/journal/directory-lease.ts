import { randomBytes } from 'node:crypto';
import { type FileHandle, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { SinkError } from '../../ports/sink.ts';
import { hasCode, unlessMissing } from '../../runtime/errors.ts';
import { describeOwnProcess, formatHolder, hasEnded, readHolder } from './lease-holder.ts';

/** Exclusive use of a directory, until another process assumes that this one has ended. */
export interface DirectoryLease {
  /** Resolves when another process has taken over the directory. Never resolves after `release`. */
  readonly lost: Promise<void>;
  /**
   * Confirms that this process still owns the directory. Everything written before this call is then visible to the next
   * owner.
   *
   * @throws {SinkError} if another process has taken over the directory
   * @throws {Error} if the owner cannot be determined
   */
  check(): Promise<void>;
  release(): Promise<void>;
}

/** Another running process uses the directory. */
export class InUseError extends Error {}

export interface LeaseOptions {
  readonly directory: string;
  /** Aborts the wait for the directory. */
  readonly signal?: AbortSignal | undefined;
  /** Called at the first failed renewal in a row: another process may soon assume that this one has ended. */
  readonly onStale?: ((error: unknown) => void) | undefined;
}

export const lockName = 'lock';
const renewalMs = 1_000;
const pollMs = 250;
/** Number of polls without a change of the lock after which its holder is assumed to have ended: ten seconds. */
const maxRemovalPolls = 40;

/**
 * Acquires a directory. The lock is a file: its inode identifies the owner, which renews the modification time every second.
 * A holder in another container cannot be checked by its process id, so its lock is watched for ten seconds. No clocks are
 * compared. A process that was stopped for longer loses the directory, and `check` fails before it acknowledges anything.
 *
 * The lock file may be empty and is replaced by a rename, so that both work on a full disk.
 *
 * @throws {InUseError} with the name of the process that uses the directory
 */
export async function acquireLease({ directory, signal, onStale }: LeaseOptions): Promise<DirectoryLease> {
  const lock = join(directory, lockName);
  const holder = await findLivingHolder(lock, signal);
  if (holder !== undefined) {
    throw new InUseError(`${directory} is in use by ${holder}`);
  }
  const handle = await createLock(directory, lock);
  const { ino, dev } = await handle.stat({ bigint: true });
  const lost = Promise.withResolvers<void>();
  const ended = new AbortController();
  let isLost = false;

  async function check(): Promise<void> {
    const found = await statIfPresent(lock);
    // If only the lock file is missing, any process may acquire the directory. The whole directory may also have been
    // unavailable for a moment, so the lock counts as missing only if a listing does not show it.
    if (found === undefined && (await readdir(directory)).includes(lockName)) {
      throw new Error(`${directory} was temporarily unavailable`);
    }
    isLost ||= found?.ino !== ino || found.dev !== dev;
    if (isLost) {
      // If `release` removed the lock in the meantime, the lease is not lost.
      if (!ended.signal.aborted) {
        lost.resolve();
      }
      throw new SinkError('sink_unavailable', `${directory} was taken over by another process`);
    }
  }

  async function renewPeriodically(): Promise<void> {
    let seconds = (await handle.stat()).mtimeMs / 1000;
    let isStale = false;
    while (!isLost) {
      await delay(renewalMs, undefined, { signal: ended.signal, ref: false });
      seconds += 1;
      try {
        await handle.utimes(seconds, seconds);
        isStale = false;
      } catch (error) {
        // Another process may have taken over the directory: `check` detects that.
        if (!isStale) {
          onStale?.(error);
        }
        isStale = true;
      }
      await check().catch(() => {});
    }
  }

  // The renewal ends when `ended` is aborted.
  void renewPeriodically().catch(() => {});
  return {
    lost: lost.promise,
    check,
    async release() {
      ended.abort();
      try {
        await check();
        await rm(lock, { force: true });
      } catch {
        // Another process owns the lock, or it cannot be removed. The next process then sees that it is not renewed.
      } finally {
        await handle.close();
      }
    },
  };
}

/** @returns the name of the process that holds the lock, for people; `undefined` if no running process holds it */
async function findLivingHolder(lock: string, signal: AbortSignal | undefined): Promise<string | undefined> {
  const first = await statIfPresent(lock);
  const holder = await readHolder(lock);
  if (first === undefined || (holder !== undefined && (await hasEnded(holder)))) {
    return undefined;
  }
  for (let poll = 0; poll < maxRemovalPolls; poll += 1) {
    await delay(pollMs, undefined, { signal });
    const now = await statIfPresent(lock);
    if (now === undefined) {
      return undefined;
    }
    if (now.ino !== first.ino || now.mtimeNs !== first.mtimeNs) {
      return formatHolder(await readHolder(lock));
    }
  }
  return undefined;
}

/** Creates the lock. If two processes do so at once, the later one owns the directory, and `check` fails in the other. */
async function createLock(directory: string, lock: string): Promise<FileHandle> {
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

function statIfPresent(file: string) {
  return unlessMissing(stat(file, { bigint: true }));
}
