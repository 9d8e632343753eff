import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { makeMutants } from './make-mutants.ts';
import { Rows } from './rows.ts';

test('a run that was ended knows what it has judged', () => {
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  const directory = mkdtempSync(join(tmpdir(), 'rows-'));
  onTestFinished(() => {
    vi.restoreAllMocks();
    rmSync(directory, { recursive: true });
  });
  const file = join(directory, 'rows.csv');
  const text = 'const a = f("b, c", 1) + 2;';
  const [first, second] = makeMutants('x.ts', text);
  if (first === undefined || second === undefined) {
    throw new Error('nothing to change');
  }
  new Rows(file).add(first, text, { by: 'lint', what: 'a "word", another', seconds: 1.25 });
  const again = new Rows(file);
  expect(again.has(first, text)).toBe(true);
  expect(again.has(second, text)).toBe(false);
  expect(again.rows).toMatchObject([{ by: 'lint', seconds: 1.3 }]);
});
