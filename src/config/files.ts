import { readFileSync } from 'node:fs';
import { getSystemErrorMessage, getSystemErrorName } from 'node:util';
import type { ConfigProblem } from '../runtime/config-error.ts';

/**
 * Why a file could not be read, without its name: who puts a password where the name of its file belongs must not find
 * it in the log.
 */
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

/** What a file holds but for a line end at its end; `undefined` and a problem when that is nothing. */
export function readCredentialFile(
  variable: string,
  file: string,
  problems: ConfigProblem[],
): string | undefined {
  const value = readOrReport(variable, file, problems)?.replace(/\r?\n$/, '');
  if (value === '') {
    problems.push({ variable, message: 'the file is empty.' });
  }
  return value;
}
