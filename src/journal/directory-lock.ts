import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasCode } from '../runtime/has-code.ts';

export interface DirectoryLock {
  release(): void;
}

/**
 * Locks a directory for this process: two writers of one journal would write into each other's lines. A lock that a
 * killed process left behind is taken over.
 *
 * @throws {Error} naming the process that holds it
 */
export function lockDirectory(directory: string): DirectoryLock {
  mkdirSync(directory, { recursive: true });
  const file = join(directory, 'lock');
  const own = `${process.pid} ${startTimeOf(process.pid)}`;
  try {
    writeFileSync(file, own, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    const holder = readHolder(file);
    if (holder === undefined || isHolding(holder)) {
      throw new Error(`${directory} is in use by process ${holder?.pid ?? '(unknown)'}`, { cause: error });
    }
    writeFileSync(file, own, { mode: 0o600 });
  }
  return { release: () => rmSync(file, { force: true }) };
}

interface Holder {
  readonly pid: number;
  readonly startTime: string;
}

function readHolder(file: string): Holder | undefined {
  try {
    const [pid, startTime = ''] = readFileSync(file, 'utf8').split(' ');
    return { pid: Number(pid), startTime };
  } catch {
    return undefined;
  }
}

/**
 * A process id is used again, in a container at the next start. The start time shows whether it is the same process.
 */
function isHolding({ pid, startTime }: Holder): boolean {
  if (!Number.isInteger(pid) || pid <= 0) {
    return false;
  }
  try {
    process.kill(pid, 0);
  } catch (error) {
    return hasCode(error, 'EPERM');
  }
  return startTimeOf(pid) === startTime;
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
