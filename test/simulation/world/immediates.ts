import type { ProcessTable } from './simulated-process.ts';

/**
 * Simulated `setImmediate` callbacks. They run as part of the process that set them, but not after that process has
 * ended.
 */
export function createImmediates(processes: ProcessTable) {
  /** Immediates of the next event-loop turn, which run without any advance of time. */
  const waiting = new Map<object, () => void>();

  return {
    /** Runs the oldest immediate. @returns `false` if no immediate is pending */
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
