import type { Mutant, Rule } from './mutant.ts';

/** A change that no user of the program can see. A person has looked at it. */
interface Equivalent {
  readonly file: string;
  readonly rule: Rule;
  /** The line as it stands in the code, without the blanks around it. */
  readonly line: string;
  readonly why: string;
}

const equivalents: readonly Equivalent[] = [];

/** @param line the changed line as it stands in the code */
export function findEquivalent({ file, rule }: Mutant, line: string): Equivalent | undefined {
  return equivalents.find((each) => each.file === file && each.rule === rule && each.line === line.trim());
}
