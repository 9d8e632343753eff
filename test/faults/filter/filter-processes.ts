import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { guardProcess } from '../../support/guard-process.ts';

export interface FilterProcess {
  readonly name: string;
  isPaused(): boolean;
  kill9(): Promise<void>;
  /** SIGTERM; gives the exit code. */
  terminate(): Promise<number | null>;
  pause(): void;
  resume(): void;
}

export interface FilterProcesses {
  running(): readonly FilterProcess[];
  start(): void;
  stopAll(): Promise<void>;
}

export interface FilterProcessesOptions {
  /** Arguments of node: the command, or the control. */
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly logDir: string;
}

/** Real filter processes, each with a log file of its own. None outlives this process. */
export function createFilterProcesses({ command, env, logDir }: FilterProcessesOptions): FilterProcesses {
  const processes = new Set<FilterProcess>();
  let started = 0;

  function start(): void {
    started += 1;
    const name = `filter-${started}`;
    const log = openSync(join(logDir, `${name}.log`), 'a');
    const child = spawn(process.execPath, command, {
      env: { PATH: process.env.PATH, ...env },
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    guardProcess(child);
    const filter = toFilterProcess(name, child, () => processes.delete(filter));
    processes.add(filter);
  }

  return {
    running: () => [...processes],
    start,
    async stopAll() {
      await Promise.all([...processes].map((filter) => filter.kill9()));
    },
  };
}

function toFilterProcess(name: string, child: ChildProcess, onExit: () => void): FilterProcess {
  let paused = false;
  const exited = once(child, 'exit').then(([code]) => {
    onExit();
    return code as number | null;
  });
  return {
    name,
    isPaused: () => paused,
    async kill9() {
      child.kill('SIGKILL');
      await exited;
    },
    terminate() {
      child.kill('SIGTERM');
      return exited;
    },
    pause() {
      paused = true;
      child.kill('SIGSTOP');
    },
    resume() {
      paused = false;
      child.kill('SIGCONT');
    },
  };
}
