import { totalmem } from 'node:os';
import { getHeapStatistics } from 'node:v8';

/**
 * Bytes that this process may use: of its control group (a container), or of the machine. With `--max-old-space-size` at
 * most twice V8's heap: by default that is half of the memory.
 */
export function availableMemory(): number {
  const constrained = process.constrainedMemory();
  const total = totalmem();
  return Math.min(constrained > 0 ? constrained : total, total, 2 * getHeapStatistics().heap_size_limit);
}
