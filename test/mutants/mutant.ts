/** A small change to the source code. */
export interface Mutant {
  /** Path relative to `src`. */
  readonly file: string;
  readonly rule: Rule;
  /** Start and end of the changed text in the file, in UTF-16 code units. */
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
  /** Line number of the change, starting at 1. */
  readonly line: number;
}

/** Mutation rules, with a description of each. */
export const rules = {
  condition: 'a condition is turned',
  comparison: 'a comparison is moved by its border, or turned',
  logical: '"and" and "or" are exchanged',
  constant: 'a number is one more, from 100 on twice as large, a truth its opposite',
  arithmetic: 'plus and minus, times and divided by are exchanged',
  statement: 'a statement is skipped',
  await: 'an await is taken away',
  arguments: 'the first two arguments change places',
} as const;

export type Rule = keyof typeof rules;

/** Applies a mutant. @returns the changed text of the file */
export function applyMutant(text: string, { start, end, replacement }: Mutant): string {
  return text.slice(0, start) + replacement + text.slice(end);
}
