import { totalmem } from 'node:os';
import { getHeapStatistics } from 'node:v8';

/**
 * Returns the number of bytes that this process may use, which is the limit of its cgroup (container) or otherwise the
 * memory of the machine. The result is at most twice V8's heap limit. V8's default heap limit is about half of the
 * memory, so this cap applies only with `--max-old-space-size`.
 */
export function availableMemory(): number {
  const constrained = process.constrainedMemory();
  const total = totalmem();
  return Math.min(constrained > 0 ? constrained : total, total, 2 * getHeapStatistics().heap_size_limit);
}
