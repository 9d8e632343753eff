import { randomBytes } from 'node:crypto';
import { readdirSync, readlinkSync, type Stats, statSync } from 'node:fs';
import { readdir, readlink, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hasCode, unlessMissing } from '../runtime/errors.ts';
import { makeDirectory } from '../runtime/make-directory.ts';
import {
  type KnownSecrets,
  minSecretCharacters,
  type Secret,
  type SecretProblem,
} from '../webhook/secret.ts';
import { dropLineEnd, findSecretProblem, maxCredentialBytes } from './credential.ts';
import {
  describeReadFailure,
  describeUnreadFile,
  isFileName,
  readTextFile,
  rereadTextFile,
} from './read-text-file.ts';

/** Where a registration's secrets come from. Files are read again while the process runs. */
export type SecretSource =
  | { readonly kind: 'values'; readonly secrets: readonly Secret[] }
  /** Each file is one secret and its name the label; a mounted Kubernetes Secret has this form. */
  | { readonly kind: 'directory'; readonly directory: string }
  /** The secret that a development start generates. */
  | { readonly kind: 'generated'; readonly file: string };

/** What was read of a file, and the state that the file was in. */
interface ReadFile {
  readonly read: Secret | SecretProblem;
  readonly state: string;
}

/** Errors that say nothing of a file: the system cannot read now. */
const passing = ['EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN', 'EIO'];

/**
 * Reads the secrets of a source again and again, each alone: a bad file hides no good one. A file that is gone is no problem.
 * While a file cannot be read for want of means, such as a free file, what was read of it stays good as long as the file is
 * seen to be the same. Never throws.
 */
export class SecretReader {
  readonly #source: SecretSource;
  /** By label. */
  readonly #files = new Map<string, ReadFile>();

  constructor(source: SecretSource) {
    this.#source = source;
  }

  read(): KnownSecrets {
    const source = this.#source;
    switch (source.kind) {
      case 'values':
        return toKnown(source.secrets.map((secret) => validateSecret(secret, '')));
      case 'generated':
        return toKnown([this.#readFile('development', source.file)]);
      case 'directory':
        return this.#readDirectory(source.directory);
    }
  }

  /** As `read`, while the process serves. One file after the other, so that a directory that hangs takes one call. */
  async reread(): Promise<KnownSecrets> {
    const source = this.#source;
    switch (source.kind) {
      case 'values':
        return this.read();
      case 'generated':
        return toKnown([await this.#rereadFile('development', source.file)]);
      case 'directory':
        return this.#rereadDirectory(source.directory);
    }
  }

  #readDirectory(directory: string): KnownSecrets {
    try {
      const labels = readdirSync(directory).filter(isLabel);
      return toKnown(labels.map((label) => this.#readFile(label, join(directory, label))));
    } catch (error) {
      const message = describeUnreadFile(directory, error, directoryOfSecrets);
      return toKnown([{ label: undefined, message }]);
    }
  }

  async #rereadDirectory(directory: string): Promise<KnownSecrets> {
    const found: (Secret | SecretProblem | undefined)[] = [];
    let labels: readonly string[];
    try {
      labels = (await readdir(directory)).filter(isLabel);
    } catch (error) {
      // There may be others by now. So what none of these has signed is answered 503, not 401.
      found.push(toUnreadDirectory(directory, error));
      labels = hasCode(error, ...passing) ? [...this.#files.keys()] : [];
    }
    for (const label of labels) {
      found.push(await this.#rereadFile(label, join(directory, label)));
    }
    return toKnown(found);
  }

  /** `undefined` when there is no such file. */
  #readFile(label: string, file: string): Secret | SecretProblem | undefined {
    try {
      const state = toState(statSync(file));
      return this.#judge(label, file, state, readTextFile(file, maxCredentialBytes));
    } catch (error) {
      return hasCode(error, 'ENOENT') && isRemoved(file) ? undefined : toUnreadSecret(label, file, error);
    }
  }

  async #rereadFile(label: string, file: string): Promise<Secret | SecretProblem | undefined> {
    let state: string | undefined;
    try {
      // Needs no free file.
      state = toState(await stat(file));
      return this.#judge(label, file, state, await rereadTextFile(file, maxCredentialBytes));
    } catch (error) {
      const known = this.#files.get(label);
      if (known !== undefined && known.state === state && hasCode(error, ...passing)) {
        return known.read;
      }
      if (!hasCode(error, 'ENOENT')) {
        return toUnreadSecret(label, file, error);
      }
      const target = await unlessMissing(readlink(file)).catch(() => '');
      return target === undefined || isOfMount(target) ? undefined : toUnreadSecret(label, file, error);
    }
  }

  #judge(label: string, file: string, state: string, value: string): Secret | SecretProblem {
    const read = validateSecret({ label, value }, ` (${file})`);
    this.#files.set(label, { read, state });
    return read;
  }
}

/** Reads the secrets once. */
export function readSecrets(source: SecretSource): KnownSecrets {
  return new SecretReader(source).read();
}

/** Every change of a file changes it, also one that keeps its length and its time. */
function toState({ ino, size, ctimeMs }: Stats): string {
  return `${ino} ${size} ${ctimeMs}`;
}

const isLabel = (name: string) => !name.startsWith('.');

const directoryOfSecrets = 'the directory of secrets';

/** While the process serves: no file is looked for. */
function toUnreadDirectory(directory: string, error: unknown): SecretProblem {
  const named = isFileName(directory) ? ` ${directory}` : '';
  const message = `${directoryOfSecrets}${named} cannot be read: ${describeReadFailure(error)}`;
  return { label: undefined, message };
}

function toUnreadSecret(label: string, file: string, error: unknown): SecretProblem {
  return { label, message: `the secret "${label}" (${file}) cannot be read: ${describeReadFailure(error)}` };
}

/** When a mounted Secret loses a key, the kubelet takes the link away a moment after what it points to. */
function isRemoved(file: string): boolean {
  try {
    return isOfMount(readlinkSync(file));
  } catch (error) {
    return hasCode(error, 'ENOENT');
  }
}

const isOfMount = (target: string) => target.startsWith('..data/');

/** A last line end is not part of a secret. @param where behind its label */
function validateSecret({ label, value: text }: Secret, where: string): Secret | SecretProblem {
  const value = dropLineEnd(text);
  const problem =
    value.length < minSecretCharacters
      ? `has ${value.length} characters: use at least ${minSecretCharacters}, better 36 or more`
      : findSecretProblem(value);
  return problem === undefined
    ? { label, value }
    : { label, message: `the secret "${label}"${where} ${problem}` };
}

function toKnown(found: readonly (Secret | SecretProblem | undefined)[]): KnownSecrets {
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

/** Generates the secret of a development start, once. Only its owner can read the file. */
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
