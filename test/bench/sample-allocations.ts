// Preloaded into a measured process. From 'sample all' to 'end', which come over the IPC channel, V8 takes samples of what is
// allocated on its heap; from 'sample alive' to 'end' of what is still alive then. The answer to 'end' is bytes by place.
import type { HeapProfiler } from 'node:inspector';
import { Session } from 'node:inspector/promises';

/** Bytes between two samples, on average. */
const samplingInterval = 512;

const session = new Session();
session.connect();

async function start(isAll: boolean): Promise<void> {
  await session.post('HeapProfiler.startSampling', {
    samplingInterval,
    includeObjectsCollectedByMajorGC: isAll,
    includeObjectsCollectedByMinorGC: isAll,
  });
  process.send?.({});
}

async function end(): Promise<void> {
  await session.post('HeapProfiler.collectGarbage');
  const { profile } = await session.post('HeapProfiler.stopSampling');
  process.send?.(addUp(profile.head));
}

function addUp(head: HeapProfiler.SamplingHeapProfileNode): Record<string, number> {
  const bytes: Record<string, number> = {};
  const nodes = [head];
  for (let node = nodes.pop(); node !== undefined; node = nodes.pop()) {
    const { functionName, url } = node.callFrame;
    const place = `${url || 'V8'} ${functionName || '(anonymous)'}`;
    bytes[place] = (bytes[place] ?? 0) + node.selfSize;
    nodes.push(...node.children);
  }
  return bytes;
}

process.on('message', (word) => {
  if (word === 'sample all' || word === 'sample alive') {
    void start(word === 'sample all');
  }
  if (word === 'end') {
    void end();
  }
});
process.channel?.unref();
