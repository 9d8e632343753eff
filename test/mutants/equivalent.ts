import type { Mutant, Rule } from './mutant.ts';

/** A change that no user of the program can see. A person has looked at it. */
interface Equivalent {
  readonly file: string;
  readonly rule: Rule;
  /** The line as it stands in the code, without the blanks around it. */
  readonly line: string;
  readonly why: string;
}

const equivalents: readonly Equivalent[] = [
  {
    file: 'stores/kafka/wire/bounded-output.ts',
    rule: 'constant',
    line: 'const larger = Buffer.allocUnsafe(Math.min(this.#maxBytes, Math.max(needed, this.#bytes.length * 2)));',
    why: 'How far a buffer grows ahead changes no byte of it.',
  },
  {
    file: 'stores/spool/drain-loop.ts',
    rule: 'constant',
    line: 'const limits = { maxRecords: 1_000, maxBytes: 1024 * 1024 };',
    why: 'A chunk of one record, or of a thousandth, more is drained as well.',
  },
];

/** @param line the changed line as it stands in the code */
export function findEquivalent({ file, rule }: Mutant, line: string): Equivalent | undefined {
  return equivalents.find((each) => each.file === file && each.rule === rule && each.line === line.trim());
}
