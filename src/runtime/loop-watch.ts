export interface LoopWatch {
  /** In the watch's own time: a request that is read now came in after this. */
  readonly unseenSince: number;
  stop(): void;
}

const intervalMs = 25;

/**
 * Since when a request may have waited that is read now. In a process that waits for the processor a turn of the event
 * loop takes hundreds of milliseconds, and a new connection waits up to one turn to be accepted and up to another to be
 * read. The request's own time would know nothing of that, and the provider's 10 s had begun.
 *
 * Timers run before sockets are looked at, so the third run before a request is read came before both turns.
 */
export function watchLoop(now: () => number): LoopWatch {
  let runs: readonly [number, number, number] = [now(), now(), now()];
  const timer = setInterval(() => {
    runs = [runs[1], runs[2], now()];
  }, intervalMs).unref();
  return {
    get unseenSince() {
      return runs[0];
    },
    stop: () => clearInterval(timer),
  };
}
