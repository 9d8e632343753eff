import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { totalmem } from 'node:os';
import { expect, test } from 'vitest';
import { createMemoryLimit } from '../support/memory-limit.ts';

const mebibyte = 1024 * 1024;
const file = JSON.stringify(new URL('../../src/runtime/available-memory.ts', import.meta.url).href);

function readAvailableMemory(enter: readonly string[], ...options: readonly string[]): number {
  const code = `import { availableMemory } from ${file}; console.log(availableMemory())`;
  const [command, ...args] = [...enter, process.execPath, ...options, '--input-type=module', '-e', code];
  return Number(execFileSync(command, args, { encoding: 'utf8' }));
}

test('the memory is not more than the machine has, nor than twice the heap that was set', () => {
  expect(readAvailableMemory([])).toBeLessThanOrEqual(totalmem());
  const small = readAvailableMemory([], '--max-old-space-size=100', '--max-semi-space-size=1');
  expect(small).toBeGreaterThan(200 * mebibyte);
  expect(small).toBeLessThan(300 * mebibyte);
});

test.runIf(process.getuid?.() === 0 && existsSync('/sys/fs/cgroup'))(
  'the memory is what a container may use',
  () => {
    expect(readAvailableMemory(createMemoryLimit(300))).toBe(300 * mebibyte);
  },
);
