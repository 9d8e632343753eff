import { readFileSync } from 'node:fs';
import { findSecretFault } from '../config/credential.ts';
import { describeReadFailure } from '../config/read-text-file.ts';
import type { Env } from '../runtime/config-error.ts';
import { dropLineEnd } from '../runtime/drop-line-end.ts';
import { UsageError } from '../runtime/usage-error.ts';

/**
 * The one secret that a command signs or registers with, from `--secret-file` or `WEBHOOK_SECRET`.
 *
 * @throws {UsageError}
 */
export function readSecret(secretFile: string | undefined, env: Env): string {
  const secret = secretFile === undefined ? env.WEBHOOK_SECRET : readInputFile('--secret-file', secretFile);
  if (secret === undefined || secret === '') {
    throw new UsageError(
      secretFile === undefined
        ? 'no secret: give --secret-file or set WEBHOOK_SECRET'
        : 'the file that --secret-file names is empty',
    );
  }
  const text = dropLineEnd(secret);
  const fault = findSecretFault(text);
  if (fault !== undefined) {
    throw new UsageError(
      `${secretFile === undefined ? 'WEBHOOK_SECRET' : '--secret-file'}: the secret ${fault}`,
    );
  }
  return text;
}

/**
 * Reads a file that an option names.
 *
 * @throws {UsageError}
 */
export function readInputFile(option: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`${option}: the file cannot be read: ${describeReadFailure(error)}`, {
      cause: error,
    });
  }
}
