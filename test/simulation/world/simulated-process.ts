import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * A simulated process. All simulated processes share one real process, and the asynchronous context identifies the
 * running one. Timers, sockets and files belong to the process that created them, and stop when that process ends.
 */
export interface SimulatedProcess {
  /** The name of the process, which is also its host name. */
  readonly name: string;
  readonly startedMs: number;
  /** Paths of the open files, by file handle. */
  readonly openFiles: Map<object, string>;
  isAlive(): boolean;
  /** Runs code as part of the process, together with all work that this code starts. An ended process runs no code. */
  run<T>(work: () => T): T | undefined;
  /** Ends the process as SIGKILL does: its code stops, and its files and sockets are closed. */
  end(): void;
  onEnd(listener: () => void): void;
}

export type ProcessTable = ReturnType<typeof createProcessTable>;

export function createProcessTable(now: () => number) {
  const storage = new AsyncLocalStorage<SimulatedProcess>();

  return {
    /** The process whose code is running. `undefined` for code of the world itself. */
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
      // The asynchronous context is created only once, because a new context for each step would take a tenth of a
      // round's time.
      const enter = storage.run(started, () => AsyncLocalStorage.snapshot());
      return started;
    },
  };
}
