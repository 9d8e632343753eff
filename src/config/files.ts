import type { ConfigProblem } from '../runtime/config-error.ts';
import { CredentialError, readCredential } from './credential.ts';
import { describeReadFailure, readTextFile } from './read-text-file.ts';

/** Adds a problem for each named file that cannot be read. */
export function checkReadable(
  files: Readonly<Record<string, string | undefined>>,
  problems: ConfigProblem[],
): void {
  for (const [variable, file] of Object.entries(files)) {
    if (file !== undefined) {
      readOrReport(variable, file, problems);
    }
  }
}

/** The file's text, or `undefined` and a problem. */
export function readOrReport(variable: string, file: string, problems: ConfigProblem[]): string | undefined {
  try {
    return readTextFile(file);
  } catch (error) {
    problems.push({ variable, message: `the file cannot be read: ${describeReadFailure(error)}.` });
    return undefined;
  }
}

/** Adds a problem unless exactly one of a variable and its `_FILE` twin is set, and when that file cannot be used. */
export function checkCredential(
  variable: string,
  { value, file }: { readonly value: string | undefined; readonly file: string | undefined },
  problems: ConfigProblem[],
): void {
  const isReported = problems.some((problem) => problem.variable === variable);
  if (!isReported && (value === undefined) === (file === undefined)) {
    problems.push({ variable, message: `set either this or ${variable}_FILE.` });
  }
  if (file !== undefined) {
    readCredentialFile(`${variable}_FILE`, file, problems);
  }
}

/** The text of a file without its last line end, or `undefined` and a problem. */
export function readCredentialFile(
  variable: string,
  file: string,
  problems: ConfigProblem[],
): string | undefined {
  try {
    return readCredential(variable, file);
  } catch (error) {
    if (!(error instanceof CredentialError)) {
      throw error;
    }
    problems.push({ variable, message: `the file ${error.fault}.` });
    return undefined;
  }
}
