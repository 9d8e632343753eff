import { readFileSync } from 'node:fs';
import { getSystemErrorMessage, getSystemErrorName } from 'node:util';
import type { ConfigProblem } from '../runtime/config-error.ts';
import { dropLineEnd } from '../runtime/drop-line-end.ts';

/** Why a file could not be read, without its name: the name may be a password that was set by mistake. */
export function describeReadFailure(error: unknown): string {
  if (error instanceof Error && 'errno' in error && typeof error.errno === 'number') {
    return `${getSystemErrorName(error.errno)}: ${getSystemErrorMessage(error.errno)}`;
  }
  return 'it is not the name of a file';
}

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
    return readFileSync(file, 'utf8');
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
  if ((value === undefined) === (file === undefined)) {
    problems.push({ variable, message: `set either this or ${variable}_FILE.` });
  }
  if (file !== undefined) {
    readCredentialFile(`${variable}_FILE`, file, problems);
  }
}

/** The text of a file without its last line end. Adds a problem when the file cannot be read or holds nothing. */
export function readCredentialFile(
  variable: string,
  file: string,
  problems: ConfigProblem[],
): string | undefined {
  const text = readOrReport(variable, file, problems);
  const value = text === undefined ? undefined : dropLineEnd(text);
  if (value === '') {
    problems.push({ variable, message: 'the file is empty.' });
  }
  return value;
}
