import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { Descriptors } from './descriptors.ts';
import type { Mount } from './mount.ts';
import type { OpenFile } from './open-file.ts';
import { createSimulatedPromises } from './simulated-promises.ts';
import { createSimulatedSync } from './simulated-sync.ts';

type Call = (...args: never[]) => unknown;
type Calls = Record<string, Call>;

/** Paths below this are those of simulated disks. On the machine itself there is no such directory. */
export const simulatedRoot = '/simulated/';

/** Sends the calls of `node:fs` and `node:fs/promises` on paths of simulated disks there, and leaves all others alone. */
export class InstalledDisks {
  readonly #mounts = new Map<string, { readonly sync: Calls; readonly promises: Calls }>();
  readonly #descriptors = new Descriptors();
  readonly #restore: (() => void)[] = [];

  constructor() {
    const sync = [
      'existsSync',
      'accessSync',
      'mkdirSync',
      'rmdirSync',
      'statSync',
      'openSync',
      'createReadStream',
    ];
    const promises = ['open', 'writeFile', 'readFile', 'truncate', 'stat', 'readdir', 'rename', 'rm'];
    this.#replace(fs as unknown as Calls, sync, 'sync');
    this.#replace(fs.promises as unknown as Calls, promises, 'promises');
    this.#replaceOfDescriptor('fsyncSync', (file) => file.sync('fsync'));
    this.#replaceOfDescriptor('closeSync', (file) => file.close());
    syncBuiltinESMExports();
  }

  add(mount: Mount): void {
    this.#mounts.set(mount.point, {
      sync: createSimulatedSync(mount, this.#descriptors),
      promises: createSimulatedPromises(mount),
    });
  }

  restore(): void {
    for (const restore of this.#restore) {
      restore();
    }
    syncBuiltinESMExports();
  }

  #replace(real: Calls, names: readonly string[], kind: 'sync' | 'promises'): void {
    for (const name of names) {
      const original = real[name] as Call;
      this.#put(real, name, (...args: never[]) => {
        const calls = this.#mounts.get(toMountPoint(args[0]));
        return calls === undefined ? original(...args) : calls[kind]?.[name]?.(...args);
      });
    }
  }

  #replaceOfDescriptor(name: 'fsyncSync' | 'closeSync', call: (file: OpenFile) => void): void {
    const original = fs[name];
    this.#put(fs as unknown as Calls, name, (descriptor: number) => {
      const file = this.#descriptors.get(descriptor);
      return file === undefined ? original(descriptor) : call(file);
    });
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
