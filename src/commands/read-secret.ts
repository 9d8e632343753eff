import { readFileSync } from 'node:fs';
import { findSecretProblem, removeTrailingLineBreak } from '../config/credential.ts';
import { describeUnreadFile } from '../config/read-text-file.ts';
import { readSecrets } from '../config/secret-source.ts';
import type { Env } from '../runtime/config-error.ts';
import { UsageError } from '../runtime/errors.ts';
import type { Secret } from '../webhook/secret.ts';

export interface SecretFlags {
  readonly secretFile?: string;
}

/**
 * Reads the secret that a command signs with. In a directory, the first secret by name is used, because a receiver
 * accepts every secret in the directory.
 *
 * @throws {UsageError}
 */
export function readSecret(flags: SecretFlags, env: Env): string {
  return readValidSecrets(flags, env)[0].value;
}

/**
 * Reads the secret of `--secret-file` or `WEBHOOK_SECRET`, or all usable secrets of `WEBHOOK_SECRETS_DIR`, sorted by name.
 *
 * @throws {UsageError}
 */
export function readValidSecrets({ secretFile }: SecretFlags, env: Env): readonly [Secret, ...Secret[]] {
  if (secretFile !== undefined) {
    const text = readInputFile('--secret-file', secretFile);
    return [checkSecret('--secret-file', text, `the secret in the file ${secretFile}`)];
  }
  const { WEBHOOK_SECRET: secret = '', WEBHOOK_SECRETS_DIR: directory = '' } = env;
  if (secret !== '') {
    return [checkSecret('WEBHOOK_SECRET', secret, 'the secret')];
  }
  if (directory !== '') {
    return readSecretDirectory(directory);
  }
  throw new UsageError(
    'no secret is configured: give --secret-file, or set WEBHOOK_SECRET or WEBHOOK_SECRETS_DIR',
  );
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
    throw new UsageError(`${option}: ${describeUnreadFile(file, error)}`, { cause: error });
  }
}

function readSecretDirectory(directory: string): readonly [Secret, ...Secret[]] {
  const { secrets, problems } = readSecrets({ kind: 'directory', directory });
  const [first, ...others] = secrets.toSorted((a, b) => (a.label < b.label ? -1 : 1));
  if (first === undefined) {
    const reason = problems.map(({ message }) => message).join('; ') || `the directory ${directory} is empty`;
    throw new UsageError(`WEBHOOK_SECRETS_DIR has no usable secret: ${reason}`);
  }
  return [first, ...others];
}

function checkSecret(label: string, text: string, what: string): Secret {
  const value = removeTrailingLineBreak(text);
  const problem = findSecretProblem(value);
  if (problem !== undefined) {
    throw new UsageError(`${label}: ${what} ${problem}`);
  }
  return { label, value };
}
