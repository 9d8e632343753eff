import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { hasCode } from '../../runtime/errors.ts';

/** The process that has a directory, as its lock file names it. Words behind these are of earlier versions. */
interface LeaseHolder {
  readonly pid: number;
  readonly startTime: string;
  /** Within it a process id means one process. Containers have one each, and mostly run as process 1. */
  readonly pidSpace: string;
  readonly host: string;
}

export async function describeOwnProcess(): Promise<string> {
  const [startTime, pidSpace] = await Promise.all([startTimeOf(process.pid), findPidSpace()]);
  return [process.pid, startTime, pidSpace, hostname()].join(' ');
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

/** Whether that process is known to have ended. Nothing is known of one on another machine or in another container. */
export async function hasEnded({ pid, startTime, pidSpace }: LeaseHolder): Promise<boolean> {
  if (pidSpace !== (await findPidSpace()) || !Number.isInteger(pid) || pid <= 0) {
    return false;
  }
  try {
    process.kill(pid, 0);
  } catch (error) {
    return !hasCode(error, 'EPERM');
  }
  // A process id is used again, in a container at the next start.
  return (await startTimeOf(pid)) !== startTime;
}

/** Numbers of namespaces are used again and are those of one kernel, so the boot is named too. Where there is no /proc the host stands for it. */
async function findPidSpace(): Promise<string> {
  try {
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8');
    return `${boot.trim()}/${await readlink('/proc/self/ns/pid')}`;
  } catch {
    return hostname();
  }
}

/** Clock ticks since boot (proc(5), field 22); empty where there is no /proc. */
async function startTimeOf(pid: number): Promise<string> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}
