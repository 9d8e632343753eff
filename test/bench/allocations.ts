import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** Before the script in the arguments of `node`. The process also needs an IPC channel. */
export const countingAllocations: readonly string[] = [
  '--import',
  new URL('count-allocations.ts', import.meta.url).href,
];

/** Bytes that such a process allocates on V8's heap while something is done with it. */
export async function countAllocatedBytes(
  child: ChildProcess,
  work: () => Promise<unknown>,
): Promise<number> {
  const ask = async (message: 'start' | 'stop') => {
    child.send(message);
    const [bytes] = (await once(child, 'message')) as [number];
    return bytes;
  };
  await ask('start');
  await work();
  return ask('stop');
}
