import type { Machine } from '../disk/machine.ts';
import type { World } from '../world/world.ts';
import { Life, type OpenSink } from './life.ts';

interface LivesDeps {
  readonly world: World;
  readonly machine: Machine;
  readonly openSink: OpenSink;
}

const restartMs = { from: 50, to: 3_000 };

/** The processes that run a sink on one disk: mostly one after the other, sometimes two at once. */
export class Lives {
  readonly #deps: LivesDeps;
  /** In the order of their starts. */
  readonly all: Life[] = [];

  constructor(deps: LivesDeps) {
    this.#deps = deps;
  }

  /** Those that nobody has told to stop. */
  get running(): readonly Life[] {
    return this.all.filter(({ isAlive, isStopping }) => isAlive && !isStopping);
  }

  get alive(): readonly Life[] {
    return this.all.filter(({ isAlive }) => isAlive);
  }

  /** One stood still for so long that another one took its directory. */
  get someLostDirectory(): boolean {
    return this.all.some(({ lossesMs }) => lossesMs.length > 0);
  }

  start(): Life {
    const { world, machine, openSink } = this.#deps;
    const life = new Life(world, machine.start(`process-${this.all.length + 1}`), openSink);
    this.all.push(life);
    return life;
  }

  /** As whoever supervises processes does it. */
  startSoonIfNoneRuns(): void {
    const { world } = this.#deps;
    world.after(world.random.between(restartMs.from, restartMs.to), () => {
      if (this.running.length === 0) {
        this.start();
      }
    });
  }

  /** A rolling update, or its end: two processes become one. */
  leaveOne(): void {
    const [left, ...others] = this.#deps.world.random.chance(0.5) ? this.running : this.running.toReversed();
    if (left !== undefined) {
      for (const other of others) {
        other.stop();
      }
    }
  }
}
