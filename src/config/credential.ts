import type { ConfigProblem } from '../runtime/config-error.ts';
import { minSecretCharacters } from '../webhook/secret.ts';
import { describeReadFailure, describeUnreadFile, readTextFile, rereadTextFile } from './read-text-file.ts';

/** Room for every secret and password, and for the tokens of any identity provider. */
export const maxCredentialBytes = 64 * 1024;

/**
 * The one rule for secrets, passwords, passphrases, tokens and URLs that hold one, in a variable as in a file, once a last
 * line end is dropped. What it refuses is nothing that a person would type: it is what editors, shells and crashes leave
 * behind.
 *
 * @returns what is wrong, as a half sentence that never shows the text
 */
export function findCredentialProblem(text: string): string | undefined {
  if (text === '') {
    return 'is empty';
  }
  if (text.startsWith('\ufeff')) {
    return 'begins with a byte order mark: save it as UTF-8 without one';
  }
  // Bytes that are no UTF-8 were read as U+FFFD.
  if (!text.isWellFormed() || text.includes('\ufffd')) {
    return 'is not text in UTF-8';
  }
  return /\p{Cc}/u.test(text)
    ? 'has a control character, such as a NUL, a tab or a second line end: write it again'
    : undefined;
}

/**
 * For what the provider signs with. Here a wrong character is not noticed as a refused login is: every delivery would be
 * answered 401. Passwords may have blanks and quotes at their ends, because others have chosen them.
 *
 * @returns what is wrong, as a half sentence that never shows the text
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
    return 'is in quotes, which would be part of it: remove them';
  }
  return placeholders.some((form) => form.test(text))
    ? 'is a text that stands in an example for a secret, so everybody knows it: make one with "openssl rand -hex 24"'
    : undefined;
}

/** What documents and charts have where a secret belongs, a template that was not filled in, and one character alone. */
const placeholders = [
  /the secret of the (?:registration|webhook)/i,
  /(?<![a-z])(?:change|replace)[-_ ]?(?:me|this)(?![a-z])/i,
  /(?<![a-z])placeholder(?![a-z])/i,
  /(?<![a-z])your[-_ ]?(?:[a-z]+[-_ ]?)?secret/i,
  /^<.*>$|^\{\{.*\}\}$|^\$\(.*\)$|\$\{\w+\}/,
  /^(.)\1*$/u,
];

/**
 * A refused value for a message: quoted, unless it could hold a credential. A value with "@" may be a URL with a user and
 * a password. A value as long as a secret may be one, in the wrong variable.
 */
export function quoteValue(text: string): string {
  return text.includes('@') || text.length >= minSecretCharacters ? 'the value' : `"${text}"`;
}

/** A file with a credential that cannot be used. */
class CredentialError extends Error {
  /** A sentence without its full stop and without the file's text. */
  readonly problem: string;

  constructor(variable: string, problem: string, options?: ErrorOptions) {
    super(`${variable}: ${problem}`, options);
    this.name = 'CredentialError';
    this.problem = problem;
  }
}

/**
 * Reads the file that a variable such as `KAFKA_SASL_PASSWORD_FILE` names, as it is now.
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

/** As `readCredential`, while the process serves: the file was read at the start. */
export async function rereadCredential(variable: string, file: string): Promise<string> {
  let text: string;
  try {
    text = await rereadTextFile(file, maxCredentialBytes);
  } catch (cause) {
    const problem = `the file ${file} cannot be read: ${describeReadFailure(cause)}`;
    throw new CredentialError(variable, problem, { cause });
  }
  return verifyCredential(variable, file, text);
}

function verifyCredential(variable: string, file: string, fileText: string): string {
  const text = dropLineEnd(fileText);
  const problem = findCredentialProblem(text);
  if (problem !== undefined) {
    throw new CredentialError(variable, `the file ${file} ${problem}`);
  }
  return text;
}

/**
 * Adds a problem unless exactly one of a variable and its `_FILE` twin is set, and when that file cannot be used.
 *
 * @returns the text of the one that is set
 */
export function checkCredential(
  variable: string,
  { value, file }: { readonly value: string | undefined; readonly file: string | undefined },
  problems: ConfigProblem[],
): string | undefined {
  const isReported = problems.some((problem) => problem.variable === variable);
  if (!isReported && (value === undefined) === (file === undefined)) {
    problems.push({ variable, message: `set either this or ${variable}_FILE.` });
  }
  return file === undefined ? value : readCredentialFile(`${variable}_FILE`, file, problems);
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
    problems.push({ variable, message: `${error.problem}.` });
    return undefined;
  }
}

/** A credential's text as it stands in a file: editors and `echo` end it with a line end, which is not part of it. */
export function dropLineEnd(text: string): string {
  return text.replace(/\r?\n$/, '');
}
