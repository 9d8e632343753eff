import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile, readlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { hostname } from 'node:os';
import { hasCode } from '../../runtime/errors.ts';

/** The process that has a directory, as its lock file names it. */
export interface LeaseHolder {
  readonly pid: number;
  readonly startTime: string;
  /** Within it a process id means one process. Containers have one each, and mostly run as process 1. */
  readonly pidSpace: string;
  readonly host: string;
  /** Within it a socket has a name. The containers of a pod share one, also over their restarts. */
  readonly netSpace: string;
  /** A name that is taken as long as the process lives; empty when it has none. */
  readonly socketName: string;
}

/** @param socketName of its sign of life; empty when it has none */
export async function describeOwnProcess(socketName = ''): Promise<string> {
  const [startTime, pidSpace, netSpace] = await Promise.all([
    startTimeOf(process.pid),
    findSpace('pid'),
    findSpace('net'),
  ]);
  return [process.pid, startTime, pidSpace ?? hostname(), hostname(), netSpace ?? '', socketName].join(' ');
}

/** @returns `undefined` when the file names nobody: on a full disk it is empty */
export async function readHolder(file: string): Promise<LeaseHolder | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const [pid, startTime = '', pidSpace = '', host = '', netSpace = '', socketName = ''] = text.split(' ');
  return text === '' ? undefined : { pid: Number(pid), startTime, pidSpace, host, netSpace, socketName };
}

export function nameHolder(holder: LeaseHolder | undefined): string {
  return `process ${holder?.pid || '(unknown)'} on ${holder?.host || '(unknown host)'}`;
}

/**
 * Whether that process is known to have ended: its id says so, or else the name of its socket, which the kernel gives to
 * another one only after that. Nothing is known of a process on another machine or in another pod.
 */
export async function hasEnded({
  pid,
  startTime,
  pidSpace,
  netSpace,
  socketName,
}: LeaseHolder): Promise<boolean> {
  if (pidSpace !== ((await findSpace('pid')) ?? hostname()) || !Number.isInteger(pid) || pid <= 0) {
    return (
      socketName !== '' && netSpace !== '' && netSpace === (await findSpace('net')) && isFree(socketName)
    );
  }
  try {
    process.kill(pid, 0);
  } catch (error) {
    return !hasCode(error, 'EPERM');
  }
  // A process id is used again, in a container at the next start.
  return (await startTimeOf(pid)) !== startTime;
}

/** What tells others in the same network namespace that this process lives: the name of a socket. */
export interface SignOfLife {
  /** Empty where there are no such names. */
  readonly socketName: string;
  end(): void;
}

export async function giveSignOfLife(): Promise<SignOfLife> {
  const none = { socketName: '', end: () => {} };
  if ((await findSpace('net')) === undefined) {
    return none;
  }
  const socketName = `comapi-webhook-${randomBytes(16).toString('hex')}`;
  const end = await bind(socketName).catch(() => undefined);
  return end === undefined ? none : { socketName, end };
}

async function isFree(socketName: string): Promise<boolean> {
  try {
    const end = await bind(socketName);
    end();
    return true;
  } catch {
    return false;
  }
}

/** An abstract name (unix(7)): it stands in no directory, and is gone with the process. */
async function bind(socketName: string): Promise<() => void> {
  const server = createServer((socket) => socket.destroy());
  server.listen(`\0${socketName}`).unref();
  await once(server, 'listening');
  return () => void server.close();
}

/** Numbers of namespaces are used again and are those of one kernel, so the boot is named too. @returns `undefined` where there is no /proc */
async function findSpace(kind: 'pid' | 'net'): Promise<string | undefined> {
  try {
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8');
    return `${boot.trim()}/${await readlink(`/proc/self/ns/${kind}`)}`;
  } catch {
    return undefined;
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
