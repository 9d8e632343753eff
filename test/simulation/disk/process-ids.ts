import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import os from 'node:os';
import type { SimulatedProcess } from '../world/simulated-process.ts';
import type { World } from '../world/world.ts';
import { systemError } from './system-error.ts';

interface KnownProcess {
  readonly process: SimulatedProcess;
  readonly pid: number;
  /** Namespace of the process ids. */
  readonly space: number;
  readonly startTicks: number;
}

/** Lowest process id. There are only three ids, so they are soon reused. */
const firstPid = 101;
const pidCount = 3;

/**
 * What processes can learn about each other from process ids and /proc. In each round, a random choice decides between
 * two setups: all processes share a machine and see each other, or each process runs as process 1 in its own container.
 */
export class ProcessIds implements Disposable {
  readonly #world: World;
  readonly #inContainers: boolean;
  readonly #known: KnownProcess[] = [];
  #boots = 1;
  readonly #restore: () => void;

  constructor(world: World) {
    this.#world = world;
    this.#inContainers = world.random.chance(0.5);
    this.#restore = this.#install();
  }

  add(process: SimulatedProcess): void {
    const startTicks = this.#known.length + 1;
    this.#known.push(
      this.#inContainers
        ? { process, pid: 1, space: startTicks, startTicks }
        : { process, pid: this.#freePid(), space: 1, startTicks },
    );
  }

  /** Restarts the machine after a power loss. */
  bootAgain(): void {
    this.#boots += 1;
  }

  [Symbol.dispose](): void {
    this.#restore();
  }

  #freePid(): number {
    const pids = Array.from({ length: pidCount }, (_, index) => firstPid + index);
    return (
      pids.find((pid) => !this.#known.some((known) => known.pid === pid && known.process.isAlive())) ?? 1
    );
  }

  #own(): KnownProcess | undefined {
    const current = this.#world.processes.current();
    return this.#known.find(({ process }) => process === current);
  }

  /** Finds a process by its id, in the namespace of the current process. */
  #find(pid: number): KnownProcess | undefined {
    const own = this.#own();
    return this.#known.find(
      (known) => known.pid === pid && known.space === own?.space && known.process.isAlive(),
    );
  }

  #read(path: string): string | undefined {
    const pid = /^\/proc\/(\d+)\/stat$/.exec(path)?.[1];
    if (pid !== undefined) {
      const found = this.#find(Number(pid));
      if (found === undefined) {
        throw systemError('ENOENT', 'open', path);
      }
      return `${pid} (node) S ${'0 '.repeat(18)}${found.startTicks}`;
    }
    return path === '/proc/sys/kernel/random/boot_id' ? `boot-${this.#boots}\n` : undefined;
  }

  /** Reads a link in /proc. The network namespace is not simulated, so no socket reveals which processes are alive. */
  #readLink(path: string): string | undefined {
    if (path === '/proc/self/ns/net') {
      throw systemError('ENOENT', 'readlink', path);
    }
    return path === '/proc/self/ns/pid' ? `pid:[${this.#own()?.space}]` : undefined;
  }

  #install(): () => void {
    const { readFile, readlink } = fs.promises;
    const { hostname } = os;
    const { kill } = process;
    const realPid = Object.getOwnPropertyDescriptor(process, 'pid') as PropertyDescriptor;
    const pid = process.pid;
    const simulated = <T extends unknown[], R>(own: (...args: T) => R | undefined, real: (...args: T) => R) =>
      ((...args: T) =>
        (this.#own() === undefined ? undefined : own(...args)) ?? real(...args)) as typeof real;
    Object.assign(fs.promises, {
      readFile: async (path: string, encoding: BufferEncoding) =>
        (this.#own() && this.#read(path)) ?? readFile(path, encoding),
      readlink: async (path: string, encoding: BufferEncoding) =>
        (this.#own() && this.#readLink(path)) ?? readlink(path, encoding),
    });
    Object.assign(os, { hostname: simulated(() => 'simulated', hostname) });
    Object.defineProperty(process, 'pid', { configurable: true, get: () => this.#own()?.pid ?? pid });
    process.kill = simulated((asked: number) => this.#ask(asked), kill);
    syncBuiltinESMExports();
    return () => {
      Object.assign(fs.promises, { readFile, readlink });
      Object.assign(os, { hostname });
      Object.defineProperty(process, 'pid', realPid);
      process.kill = kill;
      syncBuiltinESMExports();
    };
  }

  #ask(pid: number): true {
    if (this.#find(pid) === undefined) {
      throw systemError('ESRCH', 'kill');
    }
    return true;
  }
}
