import { randomBytes } from 'node:crypto';
import { readdirSync, readlinkSync } from 'node:fs';
import { readdir, readlink, writeFile } from 'node:fs/promises';
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
import { isFileName } from './file-name.ts';
import { describeReadFailure, readTextFile, rereadTextFile } from './read-text-file.ts';

/** Where a registration's secrets come from. Files are read again while the process runs. */
export type SecretSource =
  | { readonly kind: 'values'; readonly secrets: readonly Secret[] }
  /** Each file is one secret and its name the label; a mounted Kubernetes Secret has this form. */
  | { readonly kind: 'directory'; readonly directory: string }
  /** The secret that a development start generates. */
  | { readonly kind: 'generated'; readonly file: string };

/** Reads each secret alone: a bad file hides no good one. A file that is gone is no problem. Never throws. */
export function readSecrets(source: SecretSource): KnownSecrets {
  switch (source.kind) {
    case 'values':
      return toKnown(source.secrets.map((secret) => judgeSecret(secret, '')));
    case 'generated':
      return toKnown([readSecretFile('development', source.file)]);
    case 'directory':
      return readDirectory(source.directory);
  }
}

/** As `readSecrets`, while the process serves. One file after the other, so that a directory that hangs takes one call. */
export async function rereadSecrets(source: SecretSource): Promise<KnownSecrets> {
  switch (source.kind) {
    case 'values':
      return readSecrets(source);
    case 'generated':
      return toKnown([await rereadSecretFile('development', source.file)]);
    case 'directory':
      return rereadDirectory(source.directory);
  }
}

function readDirectory(directory: string): KnownSecrets {
  try {
    const labels = readdirSync(directory).filter(isLabel);
    return toKnown(labels.map((label) => readSecretFile(label, join(directory, label))));
  } catch (error) {
    return toUnreadDirectory(directory, error);
  }
}

async function rereadDirectory(directory: string): Promise<KnownSecrets> {
  try {
    const found: (Secret | SecretProblem | undefined)[] = [];
    for (const label of (await readdir(directory)).filter(isLabel)) {
      found.push(await rereadSecretFile(label, join(directory, label)));
    }
    return toKnown(found);
  } catch (error) {
    return toUnreadDirectory(directory, error);
  }
}

const isLabel = (name: string) => !name.startsWith('.');

function toUnreadDirectory(directory: string, error: unknown): KnownSecrets {
  const named = isFileName(directory) ? ` ${directory}` : '';
  const message = `the directory of secrets${named} cannot be read: ${describeReadFailure(error)}`;
  return { secrets: [], problems: [{ label: undefined, message }] };
}

/** `undefined` when there is no such file. */
function readSecretFile(label: string, file: string): Secret | SecretProblem | undefined {
  try {
    return judgeSecret({ label, value: readTextFile(file, maxCredentialBytes) }, ` (${file})`);
  } catch (error) {
    return hasCode(error, 'ENOENT') && isTakenAway(file) ? undefined : toUnreadSecret(label, file, error);
  }
}

async function rereadSecretFile(label: string, file: string): Promise<Secret | SecretProblem | undefined> {
  try {
    return judgeSecret({ label, value: await rereadTextFile(file, maxCredentialBytes) }, ` (${file})`);
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) {
      return toUnreadSecret(label, file, error);
    }
    const target = await unlessMissing(readlink(file)).catch(() => '');
    return target === undefined || isOfMount(target) ? undefined : toUnreadSecret(label, file, error);
  }
}

function toUnreadSecret(label: string, file: string, error: unknown): SecretProblem {
  return { label, message: `the secret "${label}" (${file}) cannot be read: ${describeReadFailure(error)}` };
}

/** When a mounted Secret loses a key, the kubelet takes the link away a moment after what it points to. */
function isTakenAway(file: string): boolean {
  try {
    return isOfMount(readlinkSync(file));
  } catch (error) {
    return hasCode(error, 'ENOENT');
  }
}

const isOfMount = (target: string) => target.startsWith('..data/');

/** A last line end is not part of a secret. @param where behind its label */
function judgeSecret({ label, value: text }: Secret, where: string): Secret | SecretProblem {
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
