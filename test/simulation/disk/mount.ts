import type { World } from '../world/world.ts';
import type { Disk } from './disk.ts';
import { durationOf } from './disk-troubles.ts';
import { FileTree } from './file-tree.ts';

/** Executes a call, or a part of it. The fraction, from 0 to 1, is below 1 if the process is killed during the call. */
type CarryOut<T> = (share: number) => T;

/**
 * A process's view of a disk, below a separate root path. A call takes time before it is executed, and again before the
 * process gets the result. A killed process gets no results, so the outcome of its pending calls is unknown.
 */
export class Mount {
  readonly disk: Disk;
  readonly point: string;
  readonly tree: FileTree;
  openFiles = new Map<object, string>();
  readonly #world: Pick<World, 'random' | 'now' | 'after'>;
  readonly #underWay = new Set<(share: number) => void>();
  /** Callbacks to run when the process resumes. `undefined` unless the process is stopped. */
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

  /** Simulates SIGSTOP. Pending calls are executed, but the process gets their results only when it resumes. */
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

  /** Simulates a power loss, so that pending calls are not executed. */
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
