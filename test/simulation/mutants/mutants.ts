import { readFileSync } from 'node:fs';

/** A small change of `src` that the simulation has to find. */
export interface Mutant {
  readonly name: string;
  /** Below `src`. */
  readonly file: string;
  /** Its exact text, which the file has once. */
  readonly find: string;
  readonly replace: string;
}

/**
 * Those of a scenario, from a file beside this one. Each begins with its name and what goes wrong with it, then the file; lines
 * with `-` are found there, and those with `+` put in their place. The first and the last line may be parts of one.
 */
export function mutantsOf(store: string): readonly Mutant[] {
  const text = readFileSync(new URL(`${store}.txt`, import.meta.url), 'utf8');
  return text
    .trimEnd()
    .split('\n\n')
    .map((entry) => {
      const [title = '', file = '', ...changes] = entry.split('\n');
      const take = (sign: string) =>
        changes.filter((line) => line.startsWith(sign)).map((line) => line.slice(sign.length));
      return {
        name: title.split(': ')[0] ?? '',
        file,
        find: take('-').join('\n'),
        replace: take('+').join('\n'),
      };
    });
}
