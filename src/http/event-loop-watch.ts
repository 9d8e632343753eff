const loopCheckIntervalMs = 25;

/**
 * Estimates the earliest time at which a request that is read now may have arrived. If the process lacks CPU, one turn
 * of the event loop takes hundreds of milliseconds. A new connection waits up to one turn before it is accepted, and
 * up to one more turn before it is read. The provider's timeout of 10 s is already running then.
 *
 * Timers run before sockets are polled, so the third-to-last run of a timer precedes both turns.
 */
export class EventLoopWatch {
  #runs: readonly [number, number, number];
  readonly #timer: NodeJS.Timeout;

  constructor(now: () => number) {
    this.#runs = [now(), now(), now()];
    this.#timer = setInterval(() => {
      this.#runs = [this.#runs[1], this.#runs[2], now()];
    }, loopCheckIntervalMs).unref();
  }

  /** Earliest time at which a request that is read now may have arrived, on the clock of `now`. */
  get unreadSince(): number {
    return this.#runs[0];
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
