import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { TestFiles } from './test-files.ts';

test('a constant of a file is judged by the tests of its room that load it, its own first', () => {
  const testFiles = new TestFiles(fileURLToPath(new URL('../../', import.meta.url)));
  const file = 'http/server/limit-pipelining.ts';
  const [first, ...others] = testFiles.thatRun({ file }, { tests: new Set(), isLoaded: true });
  expect(first).toBe('test/http/server/limit-pipelining.test.ts');
  expect(others).toContain('test/http/status-policy.test.ts');
});
