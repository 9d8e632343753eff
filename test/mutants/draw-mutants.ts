import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSeededRandom } from '../../src/tools/provider/simulator/seeded-random.ts';
import { makeMutants } from './make-mutants.ts';
import type { Mutant } from './mutant.ts';

interface DrawOptions {
  /** Path of the `src` directory. */
  readonly source: string;
  /**
   * Folders or files from which mutants are drawn, relative to `src`. If the list is empty, mutants are drawn from all
   * of `src`.
   */
  readonly within: readonly string[];
  readonly seed: number;
  readonly count: number;
}

/**
 * Draws distinct mutants at random with equal probability.
 *
 * @returns the drawn mutants in the order in which they were drawn, and the total number of possible mutants
 */
export function drawMutants({ source, within, seed, count }: DrawOptions): {
  readonly drawn: readonly Mutant[];
  readonly of: number;
} {
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts') && isWithin(file, within))
    .toSorted();
  const left = files.flatMap((file) => makeMutants(file, readFileSync(join(source, file), 'utf8')));
  const of = left.length;
  const random = createSeededRandom(seed);
  const drawn: Mutant[] = [];
  while (drawn.length < count && left.length > 0) {
    drawn.push(...left.splice(Math.floor(random() * left.length), 1));
  }
  return { drawn, of };
}

function isWithin(file: string, within: readonly string[]): boolean {
  return within.length === 0 || within.some((each) => file === each || file.startsWith(`${each}/`));
}
