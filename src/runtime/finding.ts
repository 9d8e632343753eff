import { exitCodes } from './run-process.ts';
import { toLinePart } from './untrusted-text.ts';

/** The answer of a command. Its sentence and its exit code come from here alone, so that they cannot differ. */
export type Finding =
  /** All that it needs was looked at: it was found, nothing is missing. */
  | { readonly answer: 'yes'; readonly text: string }
  /** The same: it is not there, something is missing. */
  | { readonly answer: 'no'; readonly text: string }
  /** Not all was looked at, or who was asked does not say it. Both are parts of a sentence. */
  | { readonly answer: 'not known'; readonly whether: string; readonly why: string };

/** What a command says, and the code that it exits with. */
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

/** Of several answers the worst one counts: what is not known may be anything. */
export function concludeAll(findings: readonly Finding[]): number {
  return Math.max(exitCodes.done, ...findings.map((finding) => conclude(finding).code));
}

/** It stands in the middle of a sentence. */
export function toReason(text: string): string {
  return text.replace(/\.$/, '');
}
