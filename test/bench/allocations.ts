import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** Arguments of `node` that come before the script. The process also needs an IPC channel. */
export const countingAllocations: readonly string[] = [
  '--import',
  new URL('count-allocations.mjs', import.meta.url).href,
];

/** Measures the bytes that a Node process allocates on V8's heap during an action. */
export async function countAllocatedBytes(
  child: ChildProcess,
  work: () => Promise<unknown>,
): Promise<number> {
  await ask(child, 'start');
  await work();
  return ask(child, 'stop');
}

async function ask(child: ChildProcess, word: string): Promise<number> {
  child.send(word);
  const [answer] = (await once(child, 'message')) as [number];
  return answer;
}
