import { createMoments } from './moments.ts';
import { createRandom, type Random } from './random.ts';
import { seedSources } from './seeded-sources.ts';
import { createProcessTable, type ProcessTable } from './simulated-process.ts';
import { watchSynchronousCalls } from './synchronous-calls.ts';
import { Trace, type TraceLine } from './trace.ts';
import { startVirtualTime } from './virtual-time.ts';

/** What everything in a round shares. */
export interface World {
  readonly random: Random;
  readonly processes: ProcessTable;
  /** Virtual milliseconds since the start of the round. */
  now(): number;
  /** A virtual timer: same clock as the faked setTimeout of the code under test. @returns cancels it */
  after(ms: number, run: () => void): () => void;
  /** One line of the trace: who did what, now. */
  note(who: string, what: string, about?: TraceLine['about']): void;
  /** Somebody sets the machine's clock forward, or back: no time passes. */
  setClock(byMs: number): void;
}

/** As much of it as a server has to do with: tests run servers in real time, too. */
export type ServerWorld = Pick<World, 'random' | 'now' | 'after' | 'note'>;

export type RunningWorld = ReturnType<typeof startWorld>;

/** Before the fake timers come. */
const { setImmediate: realImmediate } = globalThis;
/** Timers that may run in one millisecond. */
const mostInMoment = 50_000;

/**
 * Starts the virtual time of a round; its end gives the real one back. All modules of the code under test have to be loaded
 * before: what loads one waits for the real disk.
 */
export function startWorld(seed: number) {
  const random = createRandom(seed);
  const trace = new Trace();
  const processes = createProcessTable(() => time.now());
  /** What no code has caught: each ends a real process. */
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

  /** @returns who sets one immediate after the other, as a stack */
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
    /** Lets so much virtual time pass. */
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
        if (steps > mostInMoment) {
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

/** Until all that runs by promises and `process.nextTick` is done. */
function settle(): Promise<void> {
  return new Promise((resolve) => {
    realImmediate(resolve);
  });
}
