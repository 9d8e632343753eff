// Script that is preloaded into a measured process. It counts the bytes allocated on V8's heap between the messages
// 'start' and 'stop' on the IPC channel. Between two garbage collections, the used heap grows only through allocations,
// so the sum is exact. While the script counts, each collection takes a little longer. Otherwise, the process is not
// affected.
//
// The script is written in JavaScript, because Node's TypeScript support would add 18 MiB to the memory of the process.
import { GCProfiler, getHeapStatistics } from 'node:v8';

const readUsed = () => getHeapStatistics().used_heap_size;
const profiler = new GCProfiler();
let usedAtStart = 0;

process.on('message', (message) => {
  if (message === 'start') {
    profiler.start();
    usedAtStart = readUsed();
    process.send?.(0);
    return;
  }
  if (message !== 'stop') {
    return;
  }
  let used = usedAtStart;
  let allocated = 0;
  for (const { beforeGC, afterGC } of profiler.stop().statistics) {
    allocated += beforeGC.heapStatistics.usedHeapSize - used;
    used = afterGC.heapStatistics.usedHeapSize;
  }
  process.send?.(allocated + readUsed() - used);
});
process.channel?.unref();
