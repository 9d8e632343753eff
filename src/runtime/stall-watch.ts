import { Worker } from 'node:worker_threads';
import type { Clock } from './clock.ts';
import type { Logger } from './logger.ts';

/** A turn of the event loop that is longer is a stall. */
const stallMs = 1_000;
const beatMs = 100;

interface StallWatchDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  /** The event loop turns again. */
  readonly onStall: (ms: number) => void;
}

/**
 * Watches how long each turn of the event loop takes. A process that stands still can neither log nor answer a probe: so a
 * thread of its own looks at the beats of the main thread, and says on standard error when there are none. It takes about 10
 * MiB, and ends with the process.
 */
export function watchStalls({ clock, logger, onStall }: StallWatchDeps): void {
  const beats = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const isTold = logger.isLevelEnabled('error');
  const worker = isTold ? startWatchdog({ beats, stallMs, pid: process.pid }) : undefined;
  worker?.on('error', (error) => logger.warn({ err: error }, 'nothing watches the event loop'));
  let lastAt = clock.now();
  let lastCpu = process.threadCpuUsage();
  setInterval(() => {
    Atomics.add(beats, 0, 1);
    const now = clock.now();
    const forMs = Math.round(now - lastAt);
    lastAt = now;
    const { user, system } = process.threadCpuUsage(lastCpu);
    lastCpu = process.threadCpuUsage();
    if (forMs >= stallMs + beatMs) {
      const ranMs = Math.round((user + system) / 1_000);
      logger.warn({ forMs, ranMs }, 'the event loop stood still, and turns again');
      onStall(forMs);
    }
  }, beatMs).unref();
}

interface WatchdogData {
  readonly beats: Int32Array;
  readonly stallMs: number;
  readonly pid: number;
}

/** Its program is the text of a function, so that a bundle needs no second file. */
function startWatchdog(workerData: WatchdogData): Worker {
  const worker = new Worker(`(${String(runWatchdog)})()`, {
    eval: true,
    workerData,
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 1 },
  });
  worker.unref();
  return worker;
}

/** Runs in the thread: it can use nothing of this module. Streams of a thread go through the main one, so it writes itself. */
function runWatchdog(): void {
  const { readFileSync, writeSync } = process.getBuiltinModule('node:fs');
  const { workerData } = process.getBuiltinModule('node:worker_threads');
  const { beats, stallMs: longest, pid } = workerData as WatchdogData;
  const standardError = 2;
  let last = -1;
  let since = 0;
  let tellAfterMs = longest;
  let before = readTimes();

  /** How long the main thread has run, and waited for a processor, in ms; absent where the system does not say. */
  function readTimes(): { readonly ran: number; readonly waited: number } | undefined {
    try {
      const [ran = Number.NaN, waited = Number.NaN] = readFileSync(`/proc/self/task/${pid}/schedstat`, 'utf8')
        .split(' ')
        .map(Number);
      return { ran: ran / 1_000_000, waited: waited / 1_000_000 };
    } catch {
      return undefined;
    }
  }

  setInterval(() => {
    const now = performance.now();
    const beat = Atomics.load(beats, 0);
    if (beat !== last) {
      last = beat;
      since = now;
      tellAfterMs = longest;
      before = readTimes();
      return;
    }
    const forMs = Math.round(now - since);
    if (forMs < tellAfterMs) {
      return;
    }
    tellAfterMs = forMs * 5;
    const after = readTimes();
    const line = {
      level: 'error',
      time: new Date(performance.timeOrigin + now).toISOString(),
      forMs,
      ...(before !== undefined &&
        after !== undefined && {
          ranMs: Math.round(after.ran - before.ran),
          waitedForCpuMs: Math.round(after.waited - before.waited),
        }),
      msg: 'the event loop stands still',
    };
    writeSync(standardError, `${JSON.stringify(line)}\n`);
  }, 250);
}
