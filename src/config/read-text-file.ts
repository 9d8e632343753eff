import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  type Stats,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { getSystemErrorMessage, getSystemErrorName } from 'node:util';
import type { ConfigProblem } from '../runtime/config-error.ts';
import { describeUser } from '../runtime/errors.ts';
import { findNearest } from '../runtime/similar-names.ts';

/** Matches paths such as `/run`, `/run/…`, `./…` or `../…`. Generated secrets never begin in any of these ways. */
const filePathPattern = /^(\/[A-Za-z][a-z]{2,}(\/|$)|\.{1,2}\/)/;

/** Matches a file name without a directory, with a typical extension. */
const fileNamePattern = /^[\w-]+\.(pem|crt|cer|key|json|txt|env)$/;

/** Whether a text is certainly a path, and not a secret that was set instead of the name of its file. */
export function isFileName(text: string): boolean {
  return !/\p{Cc}/u.test(text) && (filePathPattern.test(text) || fileNamePattern.test(text));
}

/** The maximum size of a Kubernetes Secret or ConfigMap. */
const maxTextBytes = 1024 * 1024;

/** A file exists but is not a regular file, or is too large. */
class UnsuitableFileError extends Error {
  override name = 'UnfitFileError';
  /** Why the file is unsuitable, as a clause without the file name. */
  readonly problem: string;

  constructor(file: string, problem: string) {
    super(`the file ${file} cannot be read: ${problem}`);
    this.problem = problem;
  }
}

/**
 * Reads a regular file. Pipes are rejected because reading would block until something is written, and large files because
 * reading blocks every delivery.
 *
 * @throws {UnsuitableFileError} for a directory, a pipe, a device, and for a file that is too large
 * @throws an error of the file system
 */
export function readTextFile(file: string, maxBytes: number = maxTextBytes): string {
  // Without O_NONBLOCK, even opening a pipe would block.
  const fileDescriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const problem = findFileProblem(fstatSync(fileDescriptor), maxBytes);
    if (problem !== undefined) {
      throw new UnsuitableFileError(file, problem);
    }
    return readFileSync(fileDescriptor, 'utf8');
  } finally {
    closeSync(fileDescriptor);
  }
}

/** Pending reads, keyed by size limit and file name. */
const pendingReads = new Map<string, Promise<string>>();

/**
 * Asynchronous variant of `readTextFile`, so that an unresponsive file system does not delay other work. A hanging
 * read occupies one of the few threads of the process, so later requests for the same file wait for the same read.
 */
export function readTextFileAsync(file: string, maxBytes: number = maxTextBytes): Promise<string> {
  const key = `${maxBytes} ${file}`;
  const readPromise =
    pendingReads.get(key) ?? openAndReadText(file, maxBytes).finally(() => pendingReads.delete(key));
  pendingReads.set(key, readPromise);
  return readPromise;
}

async function openAndReadText(file: string, maxBytes: number): Promise<string> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const problem = findFileProblem(await handle.stat(), maxBytes);
    if (problem !== undefined) {
      throw new UnsuitableFileError(file, problem);
    }
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}

function findFileProblem(stats: Stats, maxBytes: number): string | undefined {
  if (stats.isDirectory()) {
    return 'it is a directory';
  }
  if (stats.isFIFO()) {
    return 'it is a named pipe';
  }
  if (!stats.isFile()) {
    return 'it is not a regular file';
  }
  return stats.size > maxBytes ? `it has ${stats.size} bytes; the limit is ${maxBytes}` : undefined;
}

/** Explains why a file could not be read. The explanation omits the file name. */
export function describeReadFailure(error: unknown): string {
  if (error instanceof Error && 'errno' in error && typeof error.errno === 'number') {
    return `${getSystemErrorName(error.errno)}: ${getSystemErrorMessage(error.errno)}${describeUser(error)}`;
  }
  return error instanceof UnsuitableFileError ? error.problem : 'the value is not a valid file name';
}

/**
 * Explains why a file cannot be read and suggests a similar name, as a sentence without its full stop. This function
 * blocks, so call it only while a process starts.
 */
export function describeUnreadFile(file: string, error: unknown, what = 'the file'): string {
  const reason = `cannot be read: ${describeReadFailure(error)}`;
  // A text whose first path segment exists is a path, not a secret.
  const [first = ''] = file.split('/');
  return isFileName(file) || existsSync(first)
    ? `${what} ${file} ${reason}${describeNearestName(file)}`
    : `${what} ${reason} (the value does not look like a path, so it is not shown)`;
}

/** Suggests the most similar name in the directory, or names the first missing directory. */
function describeNearestName(file: string): string {
  const directory = dirname(file);
  if (existsSync(file)) {
    return '';
  }
  if (!existsSync(directory)) {
    return `: the directory ${findMissingDirectory(directory)} does not exist`;
  }
  try {
    const name = basename(file);
    // A dangling link has the requested name, so that name is excluded from the suggestions.
    const otherNames = readdirSync(directory).filter((each) => each !== name);
    const nearest = findNearest(name, otherNames);
    return nearest === undefined ? '' : `: the nearest name in ${directory} is ${JSON.stringify(nearest)}`;
  } catch {
    return '';
  }
}

/** Returns the topmost missing directory of a path. */
function findMissingDirectory(directory: string): string {
  const parent = dirname(directory);
  return parent === directory || existsSync(parent) ? directory : findMissingDirectory(parent);
}

/** Adds a problem for each file that cannot be read. */
export function checkReadable(
  files: Readonly<Record<string, string | undefined>>,
  problems: ConfigProblem[],
): void {
  for (const [variable, file] of Object.entries(files)) {
    if (file !== undefined) {
      readFileOrReport(variable, file, problems);
    }
  }
}

/** Reads a file. If that fails, adds a problem and returns `undefined`. */
export function readFileOrReport(
  variable: string,
  file: string,
  problems: ConfigProblem[],
): string | undefined {
  try {
    return readTextFile(file);
  } catch (error) {
    problems.push({ variable, message: `${describeUnreadFile(file, error)}.` });
    return undefined;
  }
}

/** PEM data: either a file that is read again for each use, or text, optionally with the name of its source file. */
export type Pem = { readonly file: string } | { readonly text: string; readonly file?: string };

/** @throws when the file cannot be read */
export function readPem(pem: Pem): string {
  return 'text' in pem ? pem.text : readTextFile(pem.file);
}

/** Like `readPem`, without blocking. */
export async function readPemAsync(pem: Pem): Promise<string> {
  return 'text' in pem ? pem.text : readTextFileAsync(pem.file);
}
