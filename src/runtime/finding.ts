import { exitCodes } from './run-process.ts';
import { toSingleLineText } from './untrusted-text.ts';

/**
 * The answer of a command. The text and the exit code both come from this object, so that they cannot contradict each
 * other.
 */
export interface Finding {
  /**
   * - `yes`: found, or nothing is missing
   * - `no`: not found, or something is missing
   * - `not known`: a part could not be read, or the provider does not say
   */
  readonly answer: 'yes' | 'no' | 'not known';
  /** One or more whole sentences. For `not known`, the text begins with "Cannot tell whether". */
  readonly text: string;
}

/** The text that a command prints, and its exit code. */
export interface Conclusion {
  readonly text: string;
  readonly code: number;
}

export function toConclusion({ answer, text }: Finding): Conclusion {
  switch (answer) {
    case 'yes':
      return { text, code: exitCodes.done };
    case 'no':
      return { text, code: exitCodes.failed };
    case 'not known':
      return { text: toSingleLineText(text), code: exitCodes.noAnswer };
  }
}

/** Returns the highest exit code of several answers. Therefore, `not known` outweighs `no`. */
export function concludeAll(findings: readonly Finding[]): number {
  return Math.max(exitCodes.done, ...findings.map((finding) => toConclusion(finding).code));
}

/** Removes the full stop, so that the text can be followed by other words. */
export function removeFullStop(text: string): string {
  return text.replace(/\.$/, '');
}
