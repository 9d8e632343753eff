const intervalMs = 25;

/**
 * Measures how long a request that is read now may have waited. In a process that waits for the processor a turn of the
 * event loop takes hundreds of milliseconds. A new connection waits up to one turn until it is accepted, and up to another
 * until it is read. The provider's 10 s begin before that, so the time of reading would be too late.
 *
 * Timers run before sockets are polled, so the third last run of a timer was before both turns.
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

  /** In the time of `now`: a request that is read now arrived after this. */
  get unreadSince(): number {
    return this.#runs[0];
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
