import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { copyRepository } from '../copy-repository.ts';
import { runShare, type Share } from '../run-in-processes.ts';
import { type Mutant, mutantsOf } from './mutants.ts';

/** Options of a run. Each mutant runs with this range of seeds, and counts as undetected if it survives all of them. */
interface RunMutantsOptions extends Share {
  /** Runs only mutants whose name contains this text. */
  readonly named?: string;
  /** Number of concurrent jobs. Each job uses a separate copy of the repository. */
  readonly jobs: number;
  readonly print: (text: string) => void;
}

/** Applies the mutants to a copy of the repository, one after the other. @returns the number of undetected mutants */
export async function runMutants(options: RunMutantsOptions): Promise<number> {
  const { store, print, named = '', jobs, ...range } = options;
  const waiting = mutantsOf(store).filter(({ name }) => name.includes(named));
  let living = 0;

  async function work(): Promise<void> {
    const copy = copyRepository();
    try {
      for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
        const restore = apply(mutant, copy);
        const directory = pathToFileURL(join(copy, 'test/simulation/'));
        const end = await findEnd({ store, ...range }, directory);
        restore();
        living += end.isKilled ? 0 : 1;
        print(`${store}: ${mutant.name}: ${end.text}`);
      }
    } finally {
      rmSync(copy, { recursive: true });
    }
  }

  await Promise.all(Array.from({ length: Math.min(jobs, waiting.length) }, work));
  return living;
}

async function findEnd(
  range: Share,
  directory: URL,
): Promise<{ readonly isKilled: boolean; readonly text: string }> {
  try {
    const { failed, rounds } = await runShare({ ...range, isUntilFailure: true }, directory);
    const [first] = failed;
    return first === undefined
      ? { isKilled: false, text: `LIVES after ${rounds} rounds` }
      : { isKilled: true, text: `killed by seed ${first.seed} (round ${rounds}): ${first.texts[0]}` };
  } catch (error) {
    return { isKilled: false, text: `LIVES: ${String(error)}` };
  }
}

/** Applies a mutant. @returns a function that reverts it */
function apply({ file, find, replace }: Mutant, copy: string): () => void {
  const path = join(copy, 'src', file);
  const text = readFileSync(path, 'utf8');
  if (text.split(find).length !== 2) {
    throw new Error(`src/${file} has not exactly one place that reads ${find}`);
  }
  const changed = text.replace(find, () => replace);
  writeFileSync(path, changed);
  return () => writeFileSync(path, text);
}
