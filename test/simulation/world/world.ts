import { createMoments } from './moments.ts';
import { createRandom, type Random } from './random.ts';
import { seedSources } from './seeded-sources.ts';
import { createProcessTable, type ProcessTable } from './simulated-process.ts';
import { watchSynchronousCalls } from './synchronous-calls.ts';
import { Trace, type TraceLine } from './trace.ts';
import { startVirtualTime } from './virtual-time.ts';

/** State that all components of a round share. */
export interface World {
  readonly random: Random;
  readonly processes: ProcessTable;
  /** Virtual milliseconds since the start of the round. */
  now(): number;
  /** Starts a timer on the virtual clock of the code under test. @returns a function that cancels the timer */
  after(ms: number, run: () => void): () => void;
  /** Adds a line with the current time to the trace: who acted, and what happened. */
  note(who: string, what: string, about?: TraceLine['about']): void;
  /** Sets the machine's clock forward or back without letting time pass. */
  setClock(byMs: number): void;
}

export type RunningWorld = ReturnType<typeof startWorld>;

/** The original function. It is saved here because fake timers replace it. */
const { setImmediate: realImmediate } = globalThis;
/** Maximum number of timers that may run within one millisecond. */
const maxInMoment = 50_000;

/**
 * Starts the virtual time of a round. Disposing the world restores real time. All modules of the code under test must
 * be loaded first, because loading waits for the real disk.
 */
export function startWorld(seed: number) {
  const random = createRandom(seed);
  const trace = new Trace();
  const processes = createProcessTable(() => time.now());
  /** Uncaught errors. In production, each one would end the process. */
  const uncaught: Error[] = [];
  const sources = seedSources(random, processes);
  const time = startVirtualTime(processes);
  const moments = createMoments(time, random);
  const calls = watchSynchronousCalls({ processes, now: time.now, onCall: onUncaught });

  function onUncaught(error: unknown): void {
    const { stack = String(error) } = error instanceof Error ? error : {};
    note('world', `uncaught: ${stack}`);
    uncaught.push(error instanceof Error ? error : new Error(String(error)));
  }

  function note(who: string, what: string, about?: TraceLine['about']): void {
    trace.add({ atMs: time.now(), who, what, about });
  }

  function step(): void {
    try {
      time.step();
    } catch (error) {
      onUncaught(error);
    }
  }

  /**
   * Finds the code that keeps setting immediates endlessly.
   * @returns the stack of that code
   */
  async function findSetter(): Promise<string> {
    const { setImmediate: set } = globalThis;
    const who = { stack: '' };
    Error.stackTraceLimit = 30;
    Object.assign(globalThis, {
      setImmediate(...args: Parameters<typeof set>) {
        Error.captureStackTrace(who);
        return set(...args);
      },
    });
    step();
    await settle();
    Object.assign(globalThis, { setImmediate: set });
    return who.stack;
  }

  process.on('uncaughtException', onUncaught);
  process.on('unhandledRejection', onUncaught);
  return {
    random,
    processes,
    trace,
    uncaught,
    note,
    now: time.now,
    after: moments.after,
    setClock: time.setClock,
    /** Advances the virtual time. */
    async runFor(ms: number) {
      const end = new AbortController();
      let [nowMs, steps] = [time.now(), 0];
      time.after(ms, () => end.abort());
      await settle();
      while (!end.signal.aborted) {
        step();
        await settle();
        steps = time.now() === nowMs ? steps + 1 : 0;
        nowMs = time.now();
        if (steps > maxInMoment) {
          const error = new Error(`Time stands still at ${nowMs} ms`);
          throw Object.assign(error, { stack: `${error.message}\n${await findSetter()}` });
        }
      }
    },
    [Symbol.dispose]() {
      time.end();
      sources[Symbol.dispose]();
      calls[Symbol.dispose]();
      process.off('uncaughtException', onUncaught);
      process.off('unhandledRejection', onUncaught);
    },
  };
}

/** Waits until all pending promises and `process.nextTick` callbacks have settled. */
function settle(): Promise<void> {
  return new Promise((resolve) => {
    realImmediate(resolve);
  });
}
