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
import { findNearest } from '../runtime/near-names.ts';

/** Such as `/run`, `/run/…`, `./…` or `../…`. No generator of secrets makes text that begins so. */
const plainPath = /^(\/[A-Za-z][a-z]{2,}(\/|$)|\.{1,2}\/)/;

/** A file of these kinds, without a directory. */
const plainName = /^[\w-]+\.(pem|crt|cer|key|json|txt|env)$/;

/** Whether a text names a file or a directory for sure, and is no secret that was set in the place of its file. */
export function isFileName(text: string): boolean {
  return !/\p{Cc}/u.test(text) && (plainPath.test(text) || plainName.test(text));
}

/** No Secret or ConfigMap of Kubernetes holds more. */
const maxTextBytes = 1024 * 1024;

/** A file that is there but is not read. */
class UnfitFileError extends Error {
  override name = 'UnfitFileError';
  /** A half sentence without the file's name. */
  readonly problem: string;

  constructor(file: string, problem: string) {
    super(`the file ${file} cannot be read: ${problem}`);
    this.problem = problem;
  }
}

/**
 * The text of a regular file, and of nothing else: a pipe would wait for its writer, and a file without a bound would hold up
 * every delivery.
 *
 * @throws {UnfitFileError} for a directory, a pipe, a device, and for a file that is too large
 * @throws an error of the file system
 */
export function readTextFile(file: string, maxBytes: number = maxTextBytes): string {
  // Without O_NONBLOCK a pipe would wait already while it is opened.
  const descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const problem = findProblem(fstatSync(descriptor), maxBytes);
    if (problem !== undefined) {
      throw new UnfitFileError(file, problem);
    }
    return readFileSync(descriptor, 'utf8');
  } finally {
    closeSync(descriptor);
  }
}

/** What is being read now, by file and bound. */
const readings = new Map<string, Promise<string>>();

/**
 * As `readTextFile`, while the process serves: a directory that hangs holds up nothing else. A read that hangs keeps one of
 * the few threads of the process until it ends. So whoever wants the same file meanwhile, such as the next attempt to
 * connect, waits for the same read.
 */
export function rereadTextFile(file: string, maxBytes: number = maxTextBytes): Promise<string> {
  const key = `${maxBytes} ${file}`;
  const reading = readings.get(key) ?? readLater(file, maxBytes).finally(() => readings.delete(key));
  readings.set(key, reading);
  return reading;
}

async function readLater(file: string, maxBytes: number): Promise<string> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const problem = findProblem(await handle.stat(), maxBytes);
    if (problem !== undefined) {
      throw new UnfitFileError(file, problem);
    }
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}

function findProblem(stats: Stats, maxBytes: number): string | undefined {
  if (stats.isDirectory()) {
    return 'it is a directory';
  }
  if (stats.isFIFO()) {
    return 'it is a named pipe';
  }
  if (!stats.isFile()) {
    return 'it is not a regular file';
  }
  return stats.size > maxBytes ? `it has ${stats.size} bytes, more than ${maxBytes}` : undefined;
}

/** Why a file could not be read, without its name. */
export function describeReadFailure(error: unknown): string {
  if (error instanceof Error && 'errno' in error && typeof error.errno === 'number') {
    return `${getSystemErrorName(error.errno)}: ${getSystemErrorMessage(error.errno)}${describeUser(error)}`;
  }
  return error instanceof UnfitFileError ? error.problem : 'it is not the name of a file';
}

/** Before a process serves: why a file cannot be read, and what may have been meant, as a sentence without its full stop. */
export function describeUnreadFile(file: string, error: unknown, what = 'the file'): string {
  const reason = `cannot be read: ${describeReadFailure(error)}`;
  // A relative path begins with something that is there.
  const [first = ''] = file.split('/');
  return isFileName(file) || existsSync(first)
    ? `${what} ${file} ${reason}${describeNearest(file)}`
    : `${what} ${reason} (what is set looks like no path, so it is not shown)`;
}

/** What may have been meant. */
function describeNearest(file: string): string {
  const directory = dirname(file);
  if (existsSync(file)) {
    return '';
  }
  if (!existsSync(directory)) {
    return `: there is no directory ${findMissing(directory)}`;
  }
  try {
    const name = basename(file);
    // A link that points to nothing has the same name.
    const others = readdirSync(directory).filter((each) => each !== name);
    const nearest = findNearest(name, others);
    return nearest === undefined ? '' : `: the nearest name in ${directory} is ${JSON.stringify(nearest)}`;
  } catch {
    return '';
  }
}

/** The uppermost directory of a path that is not there. */
function findMissing(directory: string): string {
  const parent = dirname(directory);
  return parent === directory || existsSync(parent) ? directory : findMissing(parent);
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
    return readTextFile(file);
  } catch (error) {
    problems.push({ variable, message: `${describeUnreadFile(file, error)}.` });
    return undefined;
  }
}

/** PEM in a file, which is read anew each time, or as text, which may have come from a file. */
export type Pem = { readonly file: string } | { readonly text: string; readonly file?: string };

/** @throws when the file cannot be read */
export function readPem(pem: Pem): string {
  return 'text' in pem ? pem.text : readTextFile(pem.file);
}

/** As `readPem`, while the process serves. */
export async function rereadPem(pem: Pem): Promise<string> {
  return 'text' in pem ? pem.text : rereadTextFile(pem.file);
}
