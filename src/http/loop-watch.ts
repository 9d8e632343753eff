const intervalMs = 25;

/**
 * Estimates the earliest time at which a request that is read now may have arrived. If the process lacks CPU, one turn of the
 * event loop takes hundreds of milliseconds. A new connection waits up to one turn until it is accepted, and up to another
 * one until it is read. The provider's timeout of 10 s is already running then.
 *
 * Timers run before sockets are polled, so the third last run of a timer precedes both turns.
 */
export class LoopWatch {
  #runs: readonly [number, number, number];
  readonly #timer: NodeJS.Timeout;

  constructor(now: () => number) {
    this.#runs = [now(), now(), now()];
    this.#timer = setInterval(() => {
      this.#runs = [this.#runs[1], this.#runs[2], now()];
    }, intervalMs).unref();
  }

  /** A request that is read now arrived after this time, in the time of `now`. */
  get unreadSince(): number {
    return this.#runs[0];
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
