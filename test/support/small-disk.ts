import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { guardProcess } from './guard-process.ts';

export type SmallDisk = Awaited<ReturnType<typeof createSmallDisk>>;

/**
 * Creates a file system of a few megabytes in a mount namespace of its own. The file system remains when the process that
 * uses it ends. Requires Linux and user namespaces, but not root.
 *
 * @param directory path of the file system for processes that use it
 */
export async function createSmallDisk(directory: string, mebibytes: number) {
  await mkdir(directory, { recursive: true });
  const script = 'mount -t tmpfs -o size="$1"m tmpfs "$2" && echo mounted && exec sleep 100000';
  const holder = spawn('unshare', ['-rm', 'sh', '-c', script, 'sh', String(mebibytes), directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  guardProcess(holder);
  const [said] = (await Promise.race([once(holder.stdout, 'data'), once(holder, 'exit')])) as [unknown];
  if (String(said).trim() !== 'mounted') {
    throw new Error('The full-disk scenario needs user namespaces: "unshare -rm" and a tmpfs mount failed.');
  }
  const outsideDirectory = `/proc/${holder.pid}/root${directory}`;
  const filler = join(outsideDirectory, 'filler');
  return {
    directory,
    /** Path of the file system for processes that do not use it. */
    outsideDirectory,
    /** Command prefix that runs a command in the environment where the disk is mounted. */
    enter: ['nsenter', '--target', String(holder.pid), '--user', '--mount', '--preserve-credentials'],
    /** Fills the disk until no space is left. */
    async fill() {
      const file = await open(filler, 'w');
      try {
        for (;;) {
          await file.write(Buffer.alloc(4_096));
        }
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') {
          throw error;
        }
      } finally {
        await file.close();
      }
    },
    makeRoom: () => rm(filler, { force: true }),
    close: () => void holder.kill('SIGKILL'),
  };
}
