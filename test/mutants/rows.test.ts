import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { makeMutants } from './make-mutants.ts';
import { lives, Rows, timedOut } from './rows.ts';

test('a run that was ended knows what it has judged, and what only ran out of time', () => {
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
  const rows = new Rows(file);
  rows.add(first, text, { by: lives, what: '', seconds: 20 });
  rows.add(first, text, { by: 'lint', what: 'a "word", another', seconds: 1.25 });
  rows.add(second, text, { by: timedOut, what: 'no end', seconds: 15 });
  const again = new Rows(file);
  expect(again.find(first, text)).toMatchObject({ by: 'lint', seconds: 1.3 });
  expect(again.find(second, text)).toBeUndefined();
});
