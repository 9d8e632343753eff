import { exitCodes } from './run-process.ts';
import { toLinePart } from './untrusted-text.ts';

/** The answer of a command. Its text and its exit code are both derived from it, so that they always agree. */
export type Finding =
  /** Everything relevant was checked: the object was found, or nothing is missing. */
  | { readonly answer: 'yes'; readonly text: string }
  /** Everything relevant was checked: the object does not exist, or something is missing. */
  | { readonly answer: 'no'; readonly text: string }
  /** Not everything could be checked. Both texts are clauses: "Not known whether …: …". */
  | { readonly answer: 'not known'; readonly whether: string; readonly why: string };

/** The output of a command and its exit code. */
export interface Conclusion {
  readonly text: string;
  readonly code: number;
}

export function conclude(finding: Finding): Conclusion {
  switch (finding.answer) {
    case 'yes':
      return { text: finding.text, code: exitCodes.done };
    case 'no':
      return { text: finding.text, code: exitCodes.failed };
    case 'not known':
      return {
        text: toLinePart(`Not known whether ${finding.whether}: ${toReason(finding.why)}.`),
        code: exitCodes.noAnswer,
      };
  }
}

/** Returns the exit code of several answers, which is the worst of them. */
export function concludeAll(findings: readonly Finding[]): number {
  return Math.max(exitCodes.done, ...findings.map((finding) => conclude(finding).code));
}

/** Removes the full stop, for use within a sentence. */
export function toReason(text: string): string {
  return text.replace(/\.$/, '');
}
