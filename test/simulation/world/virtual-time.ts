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
 * them, but not after that process has ended. `process.nextTick` and promises stay real, and are settled before time
 * advances.
 */
export function startVirtualTime(processes: ProcessTable) {
  const { setImmediate, clearImmediate } = globalThis;
  const { setImmediate: promiseTurn } = timersPromises;
  const clock = install({
    now: startEpochMs,
    // Timers that were set before the round stay real, and the real functions can clear them.
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
    /** Virtual milliseconds since the start of the round. Changes of the machine's clock do not affect this value. */
    now: () => Math.round(clock.performance.now()),
    /**
     * Runs the next immediate. If no immediate is pending, advances the time to the next timer and runs it, even if it
     * is due much later.
     */
    step: () => void (immediates.runNext() || clock.next()),
    /** Sets the machine's clock without letting time pass. */
    setClock: (byMs: number) => clock.setSystemTime(clock.now + byMs),
    /** Starts a timer that does not belong to a process. @returns a function that clears the timer */
    after(ms: number, run: () => void) {
      const timer = clock.setTimeout(run, toDelay(ms));
      return () => clock.clearTimeout(timer);
    },
    /** Restores the real timers. */
    end() {
      clock.uninstall();
      Object.assign(globalThis, { setImmediate, clearImmediate });
      timersPromises.setImmediate = promiseTurn;
      syncBuiltinESMExports();
    },
  };
}

/**
 * Rounds delays as Node does. The fake-timers library treats a delay of 0 as "now", so code that polls with a delay of
 * 0 would stop the virtual time.
 */
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
    // Timers of an ended process never fire.
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
