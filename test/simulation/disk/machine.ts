import type { SimulatedProcess } from '../world/simulated-process.ts';
import type { World } from '../world/world.ts';
import { Disk } from './disk.ts';
import { InstalledDisks, simulatedRoot } from './install-disk.ts';
import { Mount } from './mount.ts';
import { ProcessIds } from './process-ids.ts';

/** A simulated process with its own view of the disk under a separate root path. */
export interface DiskProcess {
  readonly process: SimulatedProcess;
  readonly mount: Mount;
}

/**
 * A simulated machine: one disk, and the processes that use the disk. Disposing the machine restores the real file
 * system.
 */
export class Machine implements Disposable {
  readonly disk: Disk;
  readonly #world: World;
  readonly #disks = new InstalledDisks();
  readonly #processIds: ProcessIds;
  readonly #running = new Set<DiskProcess>();

  constructor(world: World) {
    this.#world = world;
    this.#processIds = new ProcessIds(world);
    this.disk = new Disk({ random: world.random, epochMs: () => Date.now(), readsToHalf: 5 });
  }

  start(name: string): DiskProcess {
    const process = this.#world.processes.start(name);
    this.#processIds.add(process);
    const mount = this.mount(name);
    mount.openFiles = process.openFiles;
    const started = { process, mount };
    this.#running.add(started);
    process.onEnd(() => {
      this.#running.delete(started);
      mount.kill();
    });
    return started;
  }

  /** Mounts the disk for an observer that is not a simulated process. */
  mount(name: string): Mount {
    const mount = new Mount(this.disk, `${simulatedRoot}${name}`, this.#world);
    this.#disks.add(mount);
    return mount;
  }

  cutPower(): void {
    for (const { process, mount } of [...this.#running]) {
      mount.loseAll();
      process.end();
    }
    for (const [name, { unsynced }] of this.disk.listFiles()) {
      this.#world.note('disk', `had not synced ${unsynced.length} bytes of ${name}`, () =>
        unsynced.toString(),
      );
    }
    this.disk.crash();
    this.#processIds.bootAgain();
  }

  [Symbol.dispose](): void {
    this.#processIds[Symbol.dispose]();
    this.#disks.restore();
  }
}
