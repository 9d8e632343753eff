import type { World } from '../world/world.ts';
import type { Disk } from './disk.ts';
import { durationOf } from './disk-troubles.ts';
import { FileTree } from './file-tree.ts';

/** Which part of a call is carried out, from 0 to 1: less than 1 when its process is killed in the middle. */
type CarryOut<T> = (share: number) => T;

/**
 * A disk as one process sees it, below a path of its own. A call takes time before it is carried out, and again before the
 * process hears of it. A killed process hears nothing more, and nobody knows what became of its calls under way.
 */
export class Mount {
  readonly disk: Disk;
  readonly point: string;
  readonly tree: FileTree;
  openFiles = new Map<object, string>();
  readonly #world: Pick<World, 'random' | 'now' | 'after'>;
  readonly #underWay = new Set<(share: number) => void>();
  /** What the process does once it goes on; `undefined` unless it is stopped. */
  #waiting: (() => void)[] | undefined;
  #isDead = false;

  constructor(disk: Disk, point: string, world: Pick<World, 'random' | 'now' | 'after'>) {
    this.disk = disk;
    this.point = point;
    this.tree = new FileTree(disk, point);
    this.#world = world;
  }

  call<T>(carryOut: CarryOut<T>, { isSync } = { isSync: false }): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.#whenRunning(() => {
      const { random, now } = this.#world;
      const { troubles } = this.disk;
      let tell = () => {};
      const begin = (share: number) => {
        try {
          const result = carryOut(share);
          tell = () => resolve(result);
        } catch (error) {
          tell = () => reject(error);
        }
      };
      this.#underWay.add(begin);
      const durationMs = durationOf(isSync, troubles, random);
      const beginsAfterMs = random.between(0, durationMs);
      this.#after(Math.max(0, troubles.hangsUntilMs - now()) + beginsAfterMs, () => {
        if (this.#underWay.delete(begin)) {
          begin(1);
          this.#after(durationMs - beginsAfterMs, () => this.#whenRunning(() => tell()));
        }
      });
    });
    return promise;
  }

  /** SIGSTOP: what the kernel has been asked for is carried out, and the process hears of it when it goes on. */
  pause(): void {
    this.#waiting ??= [];
  }

  /** SIGCONT. */
  resume(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const run of waiting) {
      this.#whenRunning(run);
    }
  }

  /** SIGKILL. */
  kill(): void {
    const { random } = this.#world;
    this.#isDead = true;
    for (const begin of this.#underWay) {
      if (random.chance(0.5)) {
        begin(random.next());
      }
    }
    this.#underWay.clear();
  }

  /** The machine has lost its power: nothing that was under way is carried out. */
  loseAll(): void {
    this.#isDead = true;
    this.#underWay.clear();
  }

  #whenRunning(run: () => void): void {
    if (this.#waiting !== undefined) {
      this.#waiting.push(run);
    } else if (!this.#isDead) {
      run();
    }
  }

  #after(ms: number, run: () => void): void {
    if (ms < 1) {
      run();
    } else {
      this.#world.after(ms, run);
    }
  }
}
