/** A small change of `src` that the simulation has to find. */
export interface Mutant {
  readonly name: string;
  /** Below `src`. */
  readonly file: string;
  /** Its exact text, which the file has once. */
  readonly find: string;
  readonly replace: string;
  /** What goes wrong with it, and which mend it undoes. */
  readonly why: string;
}
