import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { hasCode } from '../../runtime/errors.ts';

/** The process that holds a directory, as written in its lock file. */
interface LeaseHolder {
  readonly pid: number;
  readonly startTime: string;
  /**
   * PID namespace within which the process ID is unique. Each container has its own PID namespace, and most
   * containers run as process 1.
   */
  readonly pidNamespace: string;
  readonly host: string;
}

export async function describeOwnProcess(): Promise<string> {
  const [startTime, pidNamespace] = await Promise.all([
    readProcessStartTime(process.pid),
    readPidNamespace(),
  ]);
  return [process.pid, startTime, pidNamespace, hostname()].join(' ');
}

/**
 * Reads the lock holder from a lock file.
 *
 * @returns `undefined` if the file cannot be read, or if it is empty, as on a full disk
 */
export async function readHolder(file: string): Promise<LeaseHolder | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const [pid, startTime = '', pidNamespace = '', host = ''] = text.split(' ');
  return text === '' ? undefined : { pid: Number(pid), startTime, pidNamespace, host };
}

export function formatHolder(holder: LeaseHolder | undefined): string {
  return `process ${holder?.pid || '(unknown)'} on ${holder?.host || '(unknown host)'}`;
}

/**
 * Checks whether the process is known to have ended. Returns false for a process on another machine or in another
 * container.
 */
export async function hasHolderEnded({ pid, startTime, pidNamespace }: LeaseHolder): Promise<boolean> {
  if (pidNamespace !== (await readPidNamespace()) || !Number.isInteger(pid) || pid <= 0) {
    return false;
  }
  try {
    process.kill(pid, 0);
  } catch (error) {
    return !hasCode(error, 'EPERM');
  }
  // The operating system reuses process IDs, and a restarted container reuses them immediately.
  return (await readProcessStartTime(pid)) !== startTime;
}

/**
 * Identifies the PID namespace. The result includes the boot ID, because namespace numbers are unique only within one
 * boot. Without /proc, the result is the host name.
 */
async function readPidNamespace(): Promise<string> {
  try {
    const bootId = await readFile('/proc/sys/kernel/random/boot_id', 'utf8');
    return `${bootId.trim()}/${await readlink('/proc/self/ns/pid')}`;
  } catch {
    return hostname();
  }
}

/** Returns the start time of a process in clock ticks since boot (proc(5), field 22), or an empty string without /proc. */
async function readProcessStartTime(pid: number): Promise<string> {
  try {
    const processStat = await readFile(`/proc/${pid}/stat`, 'utf8');
    return processStat.slice(processStat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}
