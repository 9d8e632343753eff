import { randomBytes } from 'node:crypto';
import { type FileHandle, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { SinkError } from '../../ports/sink.ts';
import { hasCode, undefinedIfMissing } from '../../runtime/errors.ts';
import { describeOwnProcess, formatHolder, hasHolderEnded, readHolder } from './lease-holder.ts';

/** Exclusive use of a directory, which ends if another process assumes that this process has ended. */
export interface DirectoryLease {
  /** Resolves when another process has taken over the directory. Never resolves after `release`. */
  readonly lost: Promise<void>;
  /**
   * Confirms that this process still owns the directory. If the check succeeds, the next owner can see everything
   * written before this call.
   *
   * @throws {SinkError} if another process has taken over the directory
   * @throws {Error} if the owner cannot be determined
   */
  check(): Promise<void>;
  release(): Promise<void>;
}

/** Error for a directory that another running process is using. */
export class InUseError extends Error {}

export interface LeaseOptions {
  readonly directory: string;
  /** Signal that aborts the wait for the directory. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Called at the first of several failed renewals in a row, because another process may soon assume that this
   * process has ended.
   */
  readonly onStale?: ((error: unknown) => void) | undefined;
}

export const lockDirectoryName = 'lock';
const leaseRenewalIntervalMs = 1_000;
const lockPollIntervalMs = 250;
/**
 * Number of polls without a change to the lock, about ten seconds, after which the lock holder is assumed to have
 * ended.
 */
const maxUnchangedLockPolls = 40;

/**
 * Acquires a directory by creating a lock file. The inode of the file identifies the owner, which updates the
 * modification time every second. A process ID cannot identify an owner in another container, so the lock is watched
 * for ten seconds. Clocks are not compared. A process that is stopped for longer loses the directory, and `check`
 * fails before that process acknowledges anything.
 *
 * The lock file may be empty and is replaced by a rename, so acquiring and renewing a lock also work on a full disk.
 *
 * @throws {InUseError} with the name of the process that uses the directory
 */
export async function acquireLease({ directory, signal, onStale }: LeaseOptions): Promise<DirectoryLease> {
  const lock = join(directory, lockDirectoryName);
  const holder = await findLivingHolder(lock, signal);
  if (holder !== undefined) {
    throw new InUseError(`${directory} is in use by ${holder}`);
  }
  const handle = await createLock(directory, lock);
  const { ino, dev } = await handle.stat({ bigint: true });
  const leaseLost = Promise.withResolvers<void>();
  const endController = new AbortController();
  let isLost = false;

  async function checkLease(): Promise<void> {
    const lockStats = await statIfExists(lock);
    // If only the lock file is missing, any process may acquire the directory. The lock counts as missing only if a
    // directory listing confirms that, because the whole directory may have been briefly unavailable.
    if (lockStats === undefined && (await readdir(directory)).includes(lockDirectoryName)) {
      throw new Error(`${directory} was temporarily unavailable`);
    }
    isLost ||= lockStats?.ino !== ino || lockStats.dev !== dev;
    if (isLost) {
      // If `release` has removed the lock, the lease was ended on purpose and is not lost.
      if (!endController.signal.aborted) {
        leaseLost.resolve();
      }
      throw new SinkError('sink_unavailable', `${directory} was taken over by another process`);
    }
  }

  async function renewPeriodically(): Promise<void> {
    let seconds = (await handle.stat()).mtimeMs / 1000;
    let isStaleLock = false;
    while (!isLost) {
      await delay(leaseRenewalIntervalMs, undefined, { signal: endController.signal, ref: false });
      seconds += 1;
      try {
        await handle.utimes(seconds, seconds);
        isStaleLock = false;
      } catch (error) {
        // If another process has taken over the directory, `check` detects the takeover.
        if (!isStaleLock) {
          onStale?.(error);
        }
        isStaleLock = true;
      }
      await checkLease().catch(() => {});
    }
  }

  // The renewal ends when `ended` is aborted.
  void renewPeriodically().catch(() => {});
  return {
    lost: leaseLost.promise,
    check: checkLease,
    async release() {
      endController.abort();
      try {
        await checkLease();
        await rm(lock, { force: true });
      } catch {
        // Another process owns the lock, or the lock cannot be removed. In both cases, the next process detects that
        // this process no longer renews the lock.
      } finally {
        await handle.close();
      }
    },
  };
}

/**
 * Finds the running process that holds the lock.
 *
 * @returns human-readable name of the process, or `undefined` if no running process holds the lock
 */
async function findLivingHolder(lock: string, signal: AbortSignal | undefined): Promise<string | undefined> {
  const firstStats = await statIfExists(lock);
  const holder = await readHolder(lock);
  if (firstStats === undefined || (holder !== undefined && (await hasHolderEnded(holder)))) {
    return undefined;
  }
  for (let poll = 0; poll < maxUnchangedLockPolls; poll += 1) {
    await delay(lockPollIntervalMs, undefined, { signal });
    const now = await statIfExists(lock);
    if (now === undefined) {
      return undefined;
    }
    if (now.ino !== firstStats.ino || now.mtimeNs !== firstStats.mtimeNs) {
      return formatHolder(await readHolder(lock));
    }
  }
  return undefined;
}

/**
 * Creates the lock. If two processes create the lock at the same time, the later one owns the directory, and `check`
 * fails in the earlier one.
 */
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

function statIfExists(file: string) {
  return undefinedIfMissing(stat(file, { bigint: true }));
}
