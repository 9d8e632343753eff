import type { ConfigProblem } from '../runtime/config-error.ts';
import { minSecretCharacters } from '../webhook/secret.ts';
import {
  describeReadFailure,
  describeUnreadFile,
  readTextFile,
  readTextFileAsync,
} from './read-text-file.ts';

/** Maximum size of a secret, password or token. The limit allows the tokens of every common identity provider. */
export const maxCredentialBytes = 64 * 1024;

/**
 * Validates secrets, passwords, passphrases, tokens, and URLs that contain one. The same rule applies to variables and
 * files, after a trailing line break is removed. Only damage that editors, shells and crashes typically cause is
 * rejected.
 *
 * @returns the problem as a predicate ("is empty"), which never quotes the text
 */
export function findCredentialProblem(text: string): string | undefined {
  if (text === '') {
    return 'is empty';
  }
  if (text.startsWith('\ufeff')) {
    return 'begins with a byte order mark: save it as UTF-8 without a byte order mark';
  }
  // Invalid UTF-8 is decoded as U+FFFD.
  if (!text.isWellFormed() || text.includes('\ufffd')) {
    return 'is not valid UTF-8';
  }
  return /\p{Cc}/u.test(text)
    ? 'contains a control character, such as a NUL, a tab or a second line break: remove it'
    : undefined;
}

/**
 * Validates a webhook secret. The rules are stricter than for passwords, because a wrong character does not cause a
 * failed login but makes the receiver reject every delivery with 401. Passwords may begin or end with blanks and
 * quotes, because other systems assign them.
 *
 * @returns the problem as a predicate ("is empty"), which never quotes the text
 */
export function findSecretProblem(text: string): string | undefined {
  const problem = findCredentialProblem(text);
  if (problem !== undefined) {
    return problem;
  }
  if (text.trim() !== text) {
    return 'begins or ends with white space: remove it';
  }
  if (/^(["']).*\1$/.test(text)) {
    return 'is enclosed in quotes, which would become part of the secret: remove them';
  }
  return placeholderPatterns.some((form) => form.test(text))
    ? 'is a placeholder from an example: generate a secret with "openssl rand -hex 24"'
    : undefined;
}

/** Placeholders from documents and charts, unexpanded templates, and one repeated character. */
const placeholderPatterns = [
  /the secret of the (?:registration|webhook)/i,
  /(?<![a-z])(?:change|replace)[-_ ]?(?:me|this)(?![a-z])/i,
  /(?<![a-z])placeholder(?![a-z])/i,
  /(?<![a-z])your[-_ ]?(?:[a-z]+[-_ ]?)?secret/i,
  /^<.*>$|^\{\{.*\}\}$|^\$\(.*\)$|\$\{\w+\}/,
  /^(.)\1*$/u,
];

/**
 * Quotes a rejected value for a message, unless it could contain a credential. A value with "@" may be a URL with a user name
 * and a password. A value as long as a secret may be a secret in the wrong variable.
 */
export function quoteValue(text: string): string {
  return text.includes('@') || text.length >= minSecretCharacters ? 'the value' : `"${text}"`;
}

/** A credential file is unreadable or its content is invalid. */
class CredentialError extends Error {
  /** Description of the problem, as a sentence without a full stop. The description never quotes the file's content. */
  readonly problem: string;

  constructor(variable: string, problem: string, options?: ErrorOptions) {
    super(`${variable}: ${problem}`, options);
    this.name = 'CredentialError';
    this.problem = problem;
  }
}

/**
 * Reads the current content of the file that a variable such as `KAFKA_SASL_PASSWORD_FILE` names.
 *
 * @throws {CredentialError}
 */
export function readCredential(variable: string, file: string): string {
  let text: string;
  try {
    text = readTextFile(file, maxCredentialBytes);
  } catch (cause) {
    throw new CredentialError(variable, describeUnreadFile(file, cause), { cause });
  }
  return verifyCredential(variable, file, text);
}

/** Asynchronous variant of `readCredential` that does not block the running process. */
export async function rereadCredential(variable: string, file: string): Promise<string> {
  let text: string;
  try {
    text = await readTextFileAsync(file, maxCredentialBytes);
  } catch (cause) {
    const problem = `the file ${file} cannot be read: ${describeReadFailure(cause)}`;
    throw new CredentialError(variable, problem, { cause });
  }
  return verifyCredential(variable, file, text);
}

function verifyCredential(variable: string, file: string, fileText: string): string {
  const text = removeTrailingLineBreak(fileText);
  const problem = findCredentialProblem(text);
  if (problem !== undefined) {
    throw new CredentialError(variable, `the file ${file} ${problem}`);
  }
  return text;
}

/**
 * Checks that exactly one of a variable and its `_FILE` variant is set, and reads the file if there is one. Adds a
 * problem if either fails.
 *
 * @returns the credential from whichever of the two is set
 */
export function checkCredential(
  variable: string,
  { value, file }: { readonly value: string | undefined; readonly file: string | undefined },
  problems: ConfigProblem[],
): string | undefined {
  const isAlreadyReported = problems.some((problem) => problem.variable === variable);
  if (!isAlreadyReported && (value === undefined) === (file === undefined)) {
    problems.push({ variable, message: `set either this variable or ${variable}_FILE.` });
  }
  return file === undefined ? value : readCredentialFile(`${variable}_FILE`, file, problems);
}

/** Reads a file and removes its trailing line break. If that fails, adds a problem and returns `undefined`. */
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
    problems.push({ variable, message: `${error.problem}.` });
    return undefined;
  }
}

/** Removes the trailing line break that editors and `echo` add to a file. */
export function removeTrailingLineBreak(text: string): string {
  return text.replace(/\r?\n$/, '');
}
