import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * A process of the simulation. All of them share one real process; whose code runs is known from its asynchronous context.
 * Timers, sockets and files belong to the process that made them, and do nothing more once it has ended.
 */
export interface SimulatedProcess {
  /** Its host name, too. */
  readonly name: string;
  readonly startedMs: number;
  /** Paths by its handles that are not closed. */
  readonly openFiles: Map<object, string>;
  isAlive(): boolean;
  /** Runs code as part of the process, with everything that it starts. An ended process runs nothing. */
  run<T>(work: () => T): T | undefined;
  /** Ends it as SIGKILL does: none of its code runs any more, and what it held is closed. */
  end(): void;
  onEnd(listener: () => void): void;
}

export type ProcessTable = ReturnType<typeof createProcessTable>;

export function createProcessTable(now: () => number) {
  const storage = new AsyncLocalStorage<SimulatedProcess>();

  return {
    /** The one whose code runs; `undefined` for the world itself. */
    current: () => storage.getStore(),
    start(name: string) {
      const listeners: (() => void)[] = [];
      let isAlive = true;
      const started: SimulatedProcess = {
        name,
        startedMs: now(),
        openFiles: new Map(),
        isAlive: () => isAlive,
        run: (work) => (isAlive ? enter(work) : undefined),
        onEnd: (listener) => listeners.push(listener),
        end() {
          if (isAlive) {
            isAlive = false;
            for (const listener of listeners) {
              listener();
            }
          }
        },
      };
      // Made once: a context for each step would be a tenth of a round.
      const enter = storage.run(started, () => AsyncLocalStorage.snapshot());
      return started;
    },
  };
}
