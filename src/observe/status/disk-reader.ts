import { statfs } from 'node:fs/promises';
import type { Clock } from '../../runtime/clock.ts';
import type { DiskReport } from './status-report.ts';

const refreshMs = 10_000;
/** Maximum time that a report waits for a hanging disk. */
const waitMs = 200;

/**
 * Reads the free space of the disk that holds a directory, at most every ten seconds and never twice at once. Returns the
 * last known value, or `undefined` when there is none.
 */
export function createDiskReader(
  directory: string | undefined,
  clock: Pick<Clock, 'epochMs'>,
): () => Promise<DiskReport | undefined> {
  let lastReport: DiskReport | undefined;
  let readAt = Number.NEGATIVE_INFINITY;
  let readInProgress: Promise<void> | undefined;

  async function read(path: string): Promise<void> {
    try {
      const { bavail, blocks, bsize } = await statfs(path);
      lastReport = { freeBytes: bavail * bsize, sizeBytes: blocks * bsize };
    } catch {
      // The directory does not exist yet, or its disk failed: the store reports that itself.
      lastReport = undefined;
    }
    readAt = clock.epochMs();
    readInProgress = undefined;
  }

  return async () => {
    if (directory !== undefined && clock.epochMs() - readAt >= refreshMs) {
      readInProgress ??= read(directory);
      await Promise.race([readInProgress, wait()]);
    }
    return lastReport;
  };
}

function wait(): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, waitMs).unref());
}
