import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * A simulated process. All of them share one real process, and the asynchronous context tells whose code is running.
 * Timers, sockets and files belong to the process that created them, and stop when it ends.
 */
export interface SimulatedProcess {
  /** Also the host name. */
  readonly name: string;
  readonly startedMs: number;
  /** Open files: paths by handle. */
  readonly openFiles: Map<object, string>;
  isAlive(): boolean;
  /** Runs code, and everything that it starts, as part of the process. An ended process runs nothing. */
  run<T>(work: () => T): T | undefined;
  /** Ends the process like SIGKILL: its code stops, and its files and sockets are closed. */
  end(): void;
  onEnd(listener: () => void): void;
}

export type ProcessTable = ReturnType<typeof createProcessTable>;

export function createProcessTable(now: () => number) {
  const storage = new AsyncLocalStorage<SimulatedProcess>();

  return {
    /** The process whose code is running. `undefined` for the world itself. */
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
      // Created once, because a context for each step would take a tenth of a round's time.
      const enter = storage.run(started, () => AsyncLocalStorage.snapshot());
      return started;
    },
  };
}
