import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import type { Mount } from './mount.ts';
import { createSimulatedPromises } from './simulated-promises.ts';
import { createSimulatedStreams } from './simulated-streams.ts';

type Call = (...args: never[]) => unknown;
type Calls = Record<string, Call>;

/** Root path of the simulated disks. The real machine has no directory with this path. */
export const simulatedRoot = '/simulated/';

/**
 * Redirects calls of `node:fs` and `node:fs/promises` to the simulated disks if their path is on one. All other calls
 * go to the real file system.
 */
export class InstalledDisks {
  readonly #mounts = new Map<string, { readonly streams: Calls; readonly promises: Calls }>();
  readonly #restore: (() => void)[] = [];

  constructor() {
    const promises = [
      'access',
      'mkdir',
      'open',
      'readdir',
      'readFile',
      'rename',
      'rm',
      'rmdir',
      'stat',
      'truncate',
      'writeFile',
    ];
    this.#replace(fs as unknown as Calls, ['createReadStream'], 'streams');
    this.#replace(fs.promises as unknown as Calls, promises, 'promises');
    syncBuiltinESMExports();
  }

  add(mount: Mount): void {
    this.#mounts.set(mount.point, {
      streams: createSimulatedStreams(mount),
      promises: createSimulatedPromises(mount),
    });
  }

  restore(): void {
    for (const restore of this.#restore) {
      restore();
    }
    syncBuiltinESMExports();
  }

  #replace(real: Calls, names: readonly string[], kind: 'streams' | 'promises'): void {
    for (const name of names) {
      const original = real[name] as Call;
      this.#put(real, name, (...args: never[]) => {
        const calls = this.#mounts.get(toMountPoint(args[0]));
        return calls === undefined ? original(...args) : calls[kind]?.[name]?.(...args);
      });
    }
  }

  #put(real: Calls, name: string, call: Call): void {
    const original = real[name] as Call;
    real[name] = call;
    this.#restore.push(() => {
      real[name] = original;
    });
  }
}

function toMountPoint(path: unknown): string {
  if (typeof path !== 'string' || !path.startsWith(simulatedRoot)) {
    return '';
  }
  return simulatedRoot + path.slice(simulatedRoot.length).split('/', 1)[0];
}
