import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../support/test-receiver.ts';
import { createTotals } from './report/totals.ts';
import { NotLoadedError, runShare } from './run-in-processes.ts';

/** Runs rounds in separate processes that execute only the given code. */
function run(program: string) {
  const directory = temporaryDirectory();
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'rounds-process.ts'), program);
  const share = { store: 'small', firstSeed: 7, rounds: 3 };
  return runShare(share, pathToFileURL(`${directory}/`));
}

const told = JSON.stringify({ seed: 7, totals: createTotals() });

test('a process that ends within a round has failed with its seed', async () => {
  const { failed } = await run(`process.send(${told}, () => process.exit(3));`);
  expect(failed).toEqual([
    { store: 'small', seed: 7, faultCount: 0, texts: ['stands still: the process ended: 3'] },
  ]);
});

test('one whose turn does not end has failed with where it stands', async () => {
  const { failed } = await run(
    `process.send(${told}, () => { require('fs').writeSync(4, 'goOn (src/a.ts:1)'); process.kill(process.pid, 'SIGKILL'); });`,
  );
  expect(failed[0]?.texts).toEqual(['stands still: goOn (src/a.ts:1)']);
});

test('one in which no round began has judged nothing', async () => {
  await expect(run('process.exit(1);')).rejects.toThrow(NotLoadedError);
});
