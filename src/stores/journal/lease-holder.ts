import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { hasCode } from '../../runtime/errors.ts';

/** The process that holds a directory, as written in its lock file. */
interface LeaseHolder {
  readonly pid: number;
  readonly startTime: string;
  /** PID namespace in which the process id is unique. Each container has its own, and most containers run as process 1. */
  readonly pidNamespace: string;
  readonly host: string;
}

export async function describeOwnProcess(): Promise<string> {
  const [startTime, pidNamespace] = await Promise.all([startTimeOf(process.pid), readPidNamespace()]);
  return [process.pid, startTime, pidNamespace, hostname()].join(' ');
}

/** @returns `undefined` if the file is empty, as on a full disk, or cannot be read */
export async function readHolder(file: string): Promise<LeaseHolder | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const [pid, startTime = '', pidNamespace = '', host = ''] = text.split(' ');
  return text === '' ? undefined : { pid: Number(pid), startTime, pidNamespace, host };
}

export function formatHolder(holder: LeaseHolder | undefined): string {
  return `process ${holder?.pid || '(unknown)'} on ${holder?.host || '(unknown host)'}`;
}

/** Whether that process is known to have ended. False for a process on another machine or in another container. */
export async function hasEnded({ pid, startTime, pidNamespace }: LeaseHolder): Promise<boolean> {
  if (pidNamespace !== (await readPidNamespace()) || !Number.isInteger(pid) || pid <= 0) {
    return false;
  }
  try {
    process.kill(pid, 0);
  } catch (error) {
    return !hasCode(error, 'EPERM');
  }
  // Process ids are reused, in a container at the next start.
  return (await startTimeOf(pid)) !== startTime;
}

/** Identifies the PID namespace. Includes the boot id, because namespace numbers are unique only within one boot. Without /proc, it is the host name. */
async function readPidNamespace(): Promise<string> {
  try {
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8');
    return `${boot.trim()}/${await readlink('/proc/self/ns/pid')}`;
  } catch {
    return hostname();
  }
}

/** Start time of a process in clock ticks since boot (proc(5), field 22); empty without /proc. */
async function startTimeOf(pid: number): Promise<string> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}
