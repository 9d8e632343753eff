import { statfs } from 'node:fs/promises';
import type { Clock } from '../../runtime/clock.ts';
import type { DiskReport } from './status-report.ts';

const refreshMs = 10_000;
/** Maximum time in milliseconds that a report waits for an unresponsive disk. */
const diskTimeoutMs = 200;

/**
 * Reads the free space of the disk that contains a directory, at most every ten seconds and never concurrently.
 * Returns the last known value, or `undefined` if no value is known.
 */
export function createDiskReader(
  directory: string | undefined,
  clock: Pick<Clock, 'epochMs'>,
): () => Promise<DiskReport | undefined> {
  let lastReport: DiskReport | undefined;
  let lastReadAt = Number.NEGATIVE_INFINITY;
  let pendingRead: Promise<void> | undefined;

  async function readDisk(path: string): Promise<void> {
    try {
      const { bavail, blocks, bsize } = await statfs(path);
      lastReport = { freeBytes: bavail * bsize, sizeBytes: blocks * bsize };
    } catch {
      // The directory does not exist yet, or its disk has failed. The store reports both problems.
      lastReport = undefined;
    }
    lastReadAt = clock.epochMs();
    pendingRead = undefined;
  }

  return async () => {
    if (directory !== undefined && clock.epochMs() - lastReadAt >= refreshMs) {
      pendingRead ??= readDisk(directory);
      await Promise.race([pendingRead, waitForSlowDisk()]);
    }
    return lastReport;
  };
}

function waitForSlowDisk(): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, diskTimeoutMs).unref());
}
