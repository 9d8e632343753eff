// Preloaded into a measured process: from 'start' to 'stop', which come over the IPC channel, it counts what is allocated on
// V8's heap. Between two collections the used heap grows by what is allocated, and by nothing else: the sum is exact. In
// between the process runs undisturbed. While it counts, each collection takes a little longer.
//
// JavaScript, because Node's reader of TypeScript would add 18 MiB to what the process holds.
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
