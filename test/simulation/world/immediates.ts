import type { ProcessTable } from './simulated-process.ts';

/** What waits for the next turn of the event loop: no time passes before it runs. */
export interface Immediates {
  /** Runs the one that waits for longest. @returns false when there is none */
  runNext(): boolean;
  set(run: () => void): NodeJS.Immediate;
  clear(immediate: NodeJS.Immediate | undefined): void;
}

/** They run as part of the process that set them, and not at all once it has ended. */
export function createImmediates(processes: ProcessTable): Immediates {
  const waiting = new Map<object, () => void>();

  return {
    runNext() {
      for (const [immediate, run] of waiting) {
        waiting.delete(immediate);
        run();
        return true;
      }
      return false;
    },
    set(run) {
      const owner = processes.current();
      const immediate = {
        ref: () => immediate,
        unref: () => immediate,
        hasRef: () => true,
        _onImmediate: run,
        [Symbol.dispose]: () => void waiting.delete(immediate),
      };
      waiting.set(immediate, owner === undefined ? run : () => owner.run(run));
      return immediate;
    },
    clear(immediate) {
      if (immediate !== undefined) {
        waiting.delete(immediate);
      }
    },
  };
}
