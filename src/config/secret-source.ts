import { randomBytes } from 'node:crypto';
import { readdirSync, readlinkSync, type Stats, statSync } from 'node:fs';
import { readdir, readlink, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hasCode, undefinedIfMissing } from '../runtime/errors.ts';
import { makeDirectory } from '../runtime/make-directory.ts';
import {
  type KnownSecrets,
  minSecretCharacters,
  type Secret,
  type SecretProblem,
} from '../webhook/secret.ts';
import { findSecretProblem, maxCredentialBytes, removeTrailingLineBreak } from './credential.ts';
import {
  describeReadFailure,
  describeUnreadFile,
  isFileName,
  readTextFile,
  readTextFileAsync,
} from './read-text-file.ts';

/** The source of a registration's secrets. Files are read again while the process runs. */
export type SecretSource =
  | { readonly kind: 'values'; readonly secrets: readonly Secret[] }
  /** Each file contains one secret, and the file name is the label. A mounted Kubernetes Secret has this form. */
  | { readonly kind: 'directory'; readonly directory: string }
  /** The secret that is generated when the receiver starts in development. */
  | { readonly kind: 'generated'; readonly file: string };

/** The result of reading a secret file, and the state of the file when it was read. */
interface CachedSecretFile {
  readonly read: Secret | SecretProblem;
  readonly state: string;
}

/** Codes of transient errors, which occur when the system lacks resources although the file may be valid. */
const transientErrorCodes = ['EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN', 'EIO'];

/**
 * Reads the secrets of a source repeatedly. Each file is read independently, so an invalid file does not hide a valid
 * one. A removed file is not a problem. If a transient error such as a lack of file descriptors prevents reading, the
 * last result stays valid while the file is unchanged. Never throws.
 */
export class SecretReader {
  readonly #source: SecretSource;
  /** Maps the label of each secret to the last result of reading its file. */
  readonly #files = new Map<string, CachedSecretFile>();

  constructor(source: SecretSource) {
    this.#source = source;
  }

  read(): KnownSecrets {
    const source = this.#source;
    switch (source.kind) {
      case 'values':
        return groupSecrets(source.secrets.map((secret) => validateSecret(secret, '')));
      case 'generated':
        return groupSecrets([this.#readFile('development', source.file)]);
      case 'directory':
        return this.#readDirectory(source.directory);
    }
  }

  /**
   * Asynchronous variant of `read`. It reads the files one by one, so that an unresponsive file system occupies only
   * one thread.
   */
  async reread(): Promise<KnownSecrets> {
    const source = this.#source;
    switch (source.kind) {
      case 'values':
        return this.read();
      case 'generated':
        return groupSecrets([await this.#rereadFile('development', source.file)]);
      case 'directory':
        return this.#rereadDirectory(source.directory);
    }
  }

  #readDirectory(directory: string): KnownSecrets {
    try {
      const labels = readdirSync(directory).filter(isSecretLabel);
      return groupSecrets(labels.map((label) => this.#readFile(label, join(directory, label))));
    } catch (error) {
      const message = describeUnreadFile(directory, error, secretDirectoryPhrase);
      return groupSecrets([{ label: undefined, message }]);
    }
  }

  async #rereadDirectory(directory: string): Promise<KnownSecrets> {
    const readResults: (Secret | SecretProblem | undefined)[] = [];
    let labels: readonly string[];
    try {
      labels = (await readdir(directory)).filter(isSecretLabel);
    } catch (error) {
      // The unreadable directory may contain new secrets. While the problem exists, deliveries that match no known
      // secret get 503 instead of 401.
      readResults.push(describeUnreadableDirectory(directory, error));
      labels = hasCode(error, ...transientErrorCodes) ? [...this.#files.keys()] : [];
    }
    for (const label of labels) {
      readResults.push(await this.#rereadFile(label, join(directory, label)));
    }
    return groupSecrets(readResults);
  }

  /** Returns `undefined` if the file does not exist. */
  #readFile(label: string, file: string): Secret | SecretProblem | undefined {
    try {
      const state = identifyFileVersion(statSync(file));
      return this.#validate(label, file, state, readTextFile(file, maxCredentialBytes));
    } catch (error) {
      return hasCode(error, 'ENOENT') && isRemovedSecretKey(file)
        ? undefined
        : describeUnreadableSecret(label, file, error);
    }
  }

  async #rereadFile(label: string, file: string): Promise<Secret | SecretProblem | undefined> {
    let state: string | undefined;
    try {
      // stat() succeeds even if no file descriptors are free.
      state = identifyFileVersion(await stat(file));
      return this.#validate(label, file, state, await readTextFileAsync(file, maxCredentialBytes));
    } catch (error) {
      const previousFile = this.#files.get(label);
      if (
        previousFile !== undefined &&
        previousFile.state === state &&
        hasCode(error, ...transientErrorCodes)
      ) {
        return previousFile.read;
      }
      if (!hasCode(error, 'ENOENT')) {
        return describeUnreadableSecret(label, file, error);
      }
      const target = await undefinedIfMissing(readlink(file)).catch(() => '');
      return target === undefined || isKubernetesMountTarget(target)
        ? undefined
        : describeUnreadableSecret(label, file, error);
    }
  }

  #validate(label: string, file: string, state: string, value: string): Secret | SecretProblem {
    const readResult = validateSecret({ label, value }, ` (${file})`);
    this.#files.set(label, { read: readResult, state });
    return readResult;
  }
}

export function readSecrets(source: SecretSource): KnownSecrets {
  return new SecretReader(source).read();
}

/**
 * Identifies a version of a file. The identifier changes with every change of the file, even if size and modification
 * time stay the same.
 */
function identifyFileVersion({ ino, size, ctimeMs }: Stats): string {
  return `${ino} ${size} ${ctimeMs}`;
}

const isSecretLabel = (name: string) => !name.startsWith('.');

const secretDirectoryPhrase = 'the directory of secrets';

/** Describes a directory that cannot be read, without searching for similar names, which would block. */
function describeUnreadableDirectory(directory: string, error: unknown): SecretProblem {
  const directoryName = isFileName(directory) ? ` ${directory}` : '';
  const message = `${secretDirectoryPhrase}${directoryName} cannot be read: ${describeReadFailure(error)}`;
  return { label: undefined, message };
}

function describeUnreadableSecret(label: string, file: string, error: unknown): SecretProblem {
  return { label, message: `the secret "${label}" (${file}) cannot be read: ${describeReadFailure(error)}` };
}

/**
 * Whether a key was removed from a mounted Secret. The kubelet removes the file of the key first, and the symbolic link
 * to this file shortly afterwards.
 */
function isRemovedSecretKey(file: string): boolean {
  try {
    return isKubernetesMountTarget(readlinkSync(file));
  } catch (error) {
    return hasCode(error, 'ENOENT');
  }
}

const isKubernetesMountTarget = (target: string) => target.startsWith('..data/');

/** Checks a secret, without a trailing line break. @param where text to append to the label in messages */
function validateSecret({ label, value: text }: Secret, where: string): Secret | SecretProblem {
  const value = removeTrailingLineBreak(text);
  const problem =
    value.length < minSecretCharacters
      ? `has ${value.length} characters: use at least ${minSecretCharacters}, and preferably 36 or more`
      : findSecretProblem(value);
  return problem === undefined
    ? { label, value }
    : { label, message: `the secret "${label}"${where} ${problem}` };
}

function groupSecrets(found: readonly (Secret | SecretProblem | undefined)[]): KnownSecrets {
  const secrets: Secret[] = [];
  const problems: SecretProblem[] = [];
  for (const each of found) {
    if (each === undefined) {
      continue;
    }
    if ('message' in each) {
      problems.push(each);
    } else {
      secrets.push(each);
    }
  }
  return { secrets, problems };
}

/** Generates a secret for development, unless the file exists. Only the file's owner can read it. */
export async function ensureDevelopmentSecret(file: string): Promise<void> {
  await makeDirectory(dirname(file), 'DATA_DIR');
  try {
    await writeFile(file, `${randomBytes(24).toString('base64url')}\n`, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) {
      throw error;
    }
  }
}
