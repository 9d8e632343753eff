import { readFileSync } from 'node:fs';

/** A small change of `src` that the simulation must detect. */
export interface Mutant {
  readonly name: string;
  /** Path relative to `src`. */
  readonly file: string;
  /** The exact text to replace. The text occurs exactly once in the file. */
  readonly find: string;
  readonly replace: string;
}

/**
 * Reads the mutants of a scenario from a file in this directory. Each mutant begins with a line that contains its name
 * and its consequence, followed by a line with the file. Lines with `-` are the text to find, and lines with `+` are
 * the replacement. The first and the last line may be parts of a source line.
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
