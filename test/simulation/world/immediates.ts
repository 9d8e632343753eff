import type { ProcessTable } from './simulated-process.ts';

/** They run as part of the process that set them, and not at all once it has ended. */
export function createImmediates(processes: ProcessTable) {
  /** What waits for the next turn of the event loop: no time passes before it runs. */
  const waiting = new Map<object, () => void>();

  return {
    /** Runs the one that waits for longest. @returns false when there is none */
    runNext() {
      for (const [immediate, run] of waiting) {
        waiting.delete(immediate);
        run();
        return true;
      }
      return false;
    },
    set(run: () => void): NodeJS.Immediate {
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
    clear(immediate: NodeJS.Immediate | undefined) {
      if (immediate !== undefined) {
        waiting.delete(immediate);
      }
    },
  };
}
