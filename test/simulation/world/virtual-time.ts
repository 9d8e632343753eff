import { syncBuiltinESMExports } from 'node:module';
import timersPromises from 'node:timers/promises';
import { install } from '@sinonjs/fake-timers';
import { createImmediates } from './immediates.ts';
import type { ProcessTable } from './simulated-process.ts';

type Callback = (...args: unknown[]) => void;
type FakeClock = ReturnType<typeof install>;

const startEpochMs = Date.UTC(2026, 0, 1);
const longestMs = 2 ** 31 - 1;

/**
 * Replaces timers, immediates, `Date` and `performance` of the real process. Timers run as part of the process that set
 * them, and not at all once it has ended. `process.nextTick` and promises stay real: they are done before time goes on.
 */
export function startVirtualTime(processes: ProcessTable) {
  const { setImmediate, clearImmediate } = globalThis;
  const { setImmediate: promiseTurn } = timersPromises;
  const clock = install({
    now: startEpochMs,
    // Those of before go on, and are cleared as ever.
    shouldClearNativeTimers: true,
    toFake: [
      ...(['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] as const),
      ...(['Date', 'performance', 'hrtime'] as const),
    ],
  });
  const immediates = createImmediates(processes);
  const setNext = (run: Callback, ...args: unknown[]) => immediates.set(() => run(...args));
  Object.assign(globalThis, { setImmediate: setNext, clearImmediate: immediates.clear });
  timersPromises.setImmediate = <T>(value?: T) =>
    new Promise<T>((resolve) => {
      setNext(() => resolve(value as T));
    });
  bindTimers(clock, processes);
  syncBuiltinESMExports();
  return {
    /** Milliseconds since the start, however the machine's clock is set meanwhile. */
    now: () => Math.round(clock.performance.now()),
    /** Runs the next immediate; or else the next timer, whenever that is due. */
    step: () => void (immediates.runNext() || clock.next()),
    /** Somebody sets the machine's clock: no time passes. */
    setClock: (byMs: number) => clock.setSystemTime(clock.now + byMs),
    /** A timer that belongs to no process. @returns clears it */
    after(ms: number, run: () => void) {
      const timer = clock.setTimeout(run, toDelay(ms));
      return () => clock.clearTimeout(timer);
    },
    /** Gives the real timers back. */
    end() {
      clock.uninstall();
      Object.assign(globalThis, { setImmediate, clearImmediate });
      timersPromises.setImmediate = promiseTurn;
      syncBuiltinESMExports();
    },
  };
}

/** As Node does it; the library takes 0 for "now", so that code which waits again and again would stop the time. */
function toDelay(ms: number | undefined): number {
  return ms !== undefined && ms >= 1 && ms <= longestMs ? Math.trunc(ms) : 1;
}

function bindTimers(clock: FakeClock, processes: ProcessTable): void {
  function bind(run: Callback): Callback {
    const owner = processes.current();
    return owner === undefined ? run : (...args) => owner.run(() => run(...args));
  }
  Object.assign(globalThis, {
    setTimeout: (run: Callback, ms?: number, ...args: unknown[]) =>
      clock.setTimeout(bind(run), toDelay(ms), ...args),
    setInterval: (run: Callback, ms?: number, ...args: unknown[]) =>
      clock.setInterval(bind(run), toDelay(ms), ...args),
  });
  const { setTimeout: wait } = timersPromises;
  timersPromises.setTimeout = <T>(ms?: number, value?: T, options?: object) => {
    const owner = processes.current();
    const waited = wait(toDelay(ms), value as T, options);
    // What an ended process waits for never comes.
    return owner === undefined
      ? waited
      : new Promise<T>((resolve, reject) => {
          waited.then(
            (result) => owner.run(() => resolve(result)),
            (error) => owner.run(() => reject(error)),
          );
        });
  };
}
