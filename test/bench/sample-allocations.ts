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

/** What a function of V8 itself allocates counts for the one that calls it. */
function addUp(head: HeapProfiler.SamplingHeapProfileNode): Record<string, number> {
  const bytes: Record<string, number> = {};
  const found = head.children.map((node) => ({ node, caller: `V8 ${node.callFrame.functionName}` }));
  for (let next = found.pop(); next !== undefined; next = found.pop()) {
    const { node, caller } = next;
    const { functionName, url } = node.callFrame;
    const place = url === '' ? caller : `${url} ${functionName || '(anonymous)'}`;
    bytes[place] = (bytes[place] ?? 0) + node.selfSize;
    found.push(...node.children.map((child) => ({ node: child, caller: place })));
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
