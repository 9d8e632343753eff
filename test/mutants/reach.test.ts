import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { makeMutants } from './make-mutants.ts';
import { ReachRecorder } from './reach.ts';

const code = `const limit = 1;
const twice = (a) => a * 2;
function pick(a, b) {
  if (a) {
    return b + 1;
  }
}
`;

/** The changes of the code above, and the code that says which of them run. */
function instrument() {
  const source = mkdtempSync(join(tmpdir(), 'reach-'));
  onTestFinished(() => rmSync(source, { recursive: true }));
  writeFileSync(join(source, 'x.ts'), code);
  const recorder = new ReachRecorder();
  const mutants = makeMutants('x.ts', code);
  recorder.instrument(source, mutants);
  return { recorder, mutants, text: readFileSync(join(source, 'x.ts'), 'utf8') };
}

test('each block that a change stands in tells that it runs, and its file that it is loaded', () => {
  expect(instrument().text).toBe(`globalThis.noteReached?.(0);const limit = 1;
const twice = (a) => (globalThis.noteReached?.(1),a * 2);
function pick(a, b) {globalThis.noteReached?.(2);
  if (a) {globalThis.noteReached?.(3);
    return b + 1;
  }
}
`);
});

test('what was told belongs to the changes of the block; what runs at the load of a file, to every test that loads it', () => {
  const { recorder, mutants } = instrument();
  const told = 'test/a.test.ts\t3\nload test/b.test.ts\t1\nscenario kafka\t2\nscenario filter\t0\n';
  const reaches = recorder.read(mutants, told);
  const seen = mutants.map((mutant) => {
    const { tests, scenarios, isLoaded } = reaches.get(mutant) ?? {};
    return [mutant.line, [...(tests ?? [])].join(), [...(scenarios ?? [])].join(), isLoaded];
  });
  expect(seen).toEqual([
    [1, '', 'filter', true],
    [2, 'test/b.test.ts', '', true],
    [2, 'test/b.test.ts', '', true],
    [4, '', 'kafka', false],
    [5, 'test/a.test.ts', '', false],
    [5, 'test/a.test.ts', '', false],
  ]);
});
