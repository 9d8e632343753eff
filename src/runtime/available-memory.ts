import { totalmem } from 'node:os';
import { getHeapStatistics } from 'node:v8';

/**
 * Returns the number of bytes that this process may use, which is the limit of its cgroup (container) or otherwise the
 * memory of the machine. The result is at most twice V8's heap limit. V8's default heap limit is about half of the
 * memory, so this cap applies only with `--max-old-space-size`.
 */
export function availableMemory(): number {
  const constrainedBytes = process.constrainedMemory();
  const totalBytes = totalmem();
  return Math.min(
    constrainedBytes > 0 ? constrainedBytes : totalBytes,
    totalBytes,
    2 * getHeapStatistics().heap_size_limit,
  );
}
