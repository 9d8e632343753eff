import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';

it('is understood by this Node: V8 only complains of a flag that it does not know', () => {
  const module = new URL('../../src/runtime/tune-v8.ts', import.meta.url).href;
  const script = `import('${module}').then(({ tuneV8, HeapGrowthAdjuster }) => [tuneV8(), new HeapGrowthAdjuster().observe(100_000)])`;
  const output = execFileSync('sh', ['-c', '"$0" -e "$1" 2>&1', process.execPath, script], {
    encoding: 'utf8',
  });
  expect(output).toBe('');
});
