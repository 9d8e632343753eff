import { readFileSync } from 'node:fs';
import type { ConfigProblem } from './config-error.ts';

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
    const cause = error instanceof Error ? error.message : String(error);
    problems.push({ variable, message: `the file cannot be read: ${cause}.` });
    return undefined;
  }
}
