import { readFileSync, readlinkSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { hasCode } from '../runtime/errors.ts';

/** The process that has a directory, as its lock file names it. */
export interface LeaseHolder {
  readonly pid: number;
  readonly startTime: string;
  /** Within it a process id means one process. Containers have one each, and mostly run as process 1. */
  readonly pidSpace: string;
  readonly host: string;
}

export function describeOwnProcess(): string {
  return [process.pid, startTimeOf(process.pid), findPidSpace(), hostname()].join(' ');
}

/** @returns `undefined` when the file names nobody: on a full disk it is empty */
export async function readHolder(file: string): Promise<LeaseHolder | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const [pid, startTime = '', pidSpace = '', host = ''] = text.split(' ');
  return text === '' ? undefined : { pid: Number(pid), startTime, pidSpace, host };
}

export function nameHolder(holder: LeaseHolder | undefined): string {
  return `process ${holder?.pid || '(unknown)'} on ${holder?.host || '(unknown host)'}`;
}

/** Whether that process is known to have ended. Of one in another container nothing is known. */
export function hasEnded({ pid, startTime, pidSpace }: LeaseHolder): boolean {
  if (pidSpace !== findPidSpace() || !Number.isInteger(pid) || pid <= 0) {
    return false;
  }
  try {
    process.kill(pid, 0);
  } catch (error) {
    return !hasCode(error, 'EPERM');
  }
  // A process id is used again, in a container at the next start.
  return startTimeOf(pid) !== startTime;
}

/** Numbers of namespaces are used again and are those of one kernel, so the boot is named too. */
function findPidSpace(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot}/${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return hostname();
  }
}

/** Clock ticks since boot (proc(5), field 22); empty where there is no /proc. */
function startTimeOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}
