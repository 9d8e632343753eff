import type { Machine } from '../disk/machine.ts';
import type { World } from '../world/world.ts';
import { Life, type OpenSink } from './life.ts';

interface LivesDeps {
  readonly world: World;
  readonly machine: Machine;
  readonly openSink: OpenSink;
}

const restartMs = { from: 50, to: 3_000 };

/**
 * Processes that run a sink on one disk. They usually run one after the other, but sometimes two run at the same time.
 */
export class Lives {
  readonly #deps: LivesDeps;
  /** All processes, in the order in which they started. */
  readonly all: Life[] = [];

  constructor(deps: LivesDeps) {
    this.#deps = deps;
  }

  /** Processes that have not received a request to stop. */
  get running(): readonly Life[] {
    return this.all.filter(({ isAlive, isStopping }) => isAlive && !isStopping);
  }

  get alive(): readonly Life[] {
    return this.all.filter(({ isAlive }) => isAlive);
  }

  /** Whether a process was frozen for so long that a different process took over its directory. */
  get someLostDirectory(): boolean {
    return this.all.some(({ lossesMs }) => lossesMs.length > 0);
  }

  start(): Life {
    const { world, machine, openSink } = this.#deps;
    const life = new Life(world, machine.start(`process-${this.all.length + 1}`), openSink);
    this.all.push(life);
    return life;
  }

  /** Restarts a process if no process is running, as a supervisor does. */
  startSoonIfNoneRuns(): void {
    const { world } = this.#deps;
    world.after(world.random.between(restartMs.from, restartMs.to), () => {
      if (this.running.length === 0) {
        this.start();
      }
    });
  }

  /** Completes a rolling update: one of the two processes remains. */
  leaveOne(): void {
    const [left, ...others] = this.#deps.world.random.chance(0.5) ? this.running : this.running.toReversed();
    if (left !== undefined) {
      for (const other of others) {
        other.stop();
      }
    }
  }
}
