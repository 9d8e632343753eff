import { Backoff, type BackoffRange } from '../../runtime/backoff.ts';
import type { Clock } from '../../runtime/clock.ts';

/**
 * - `closed`: attempts succeed
 * - `open`: no attempts are made, and callers fail immediately
 * - `half_open`: the next attempt closes the circuit or opens it again
 */
export type CircuitState = 'closed' | 'open' | 'half_open';

export interface CircuitSettings {
  /** The circuit opens after at least `minFailures` consecutive failures that span at least this many milliseconds. */
  readonly openAfterMs: number;
  readonly minFailures: number;
  /** Delay before an open circuit allows a trial request. The delay grows with each failed trial request. */
  readonly probeDelayMs: BackoffRange;
}

interface CircuitDeps {
  readonly clock: Clock;
  readonly settings: CircuitSettings;
  readonly onChange: (state: CircuitState, previous: CircuitState) => void;
}

/** Circuit breaker that prevents further attempts for a while after attempts have failed for some time. */
export class Circuit {
  readonly #deps: CircuitDeps;
  readonly #probeDelay: Backoff;
  #state: CircuitState = 'closed';
  #failures = 0;
  #failingSince: number | undefined;
  #trialAt = 0;

  constructor(deps: CircuitDeps) {
    this.#deps = deps;
    this.#probeDelay = new Backoff(deps.settings.probeDelayMs);
  }

  state(): CircuitState {
    return this.#state;
  }

  isOpen(): boolean {
    return this.#state === 'open';
  }

  success(): void {
    this.#failures = 0;
    this.#failingSince = undefined;
    this.#probeDelay.reset();
    this.#change('closed');
  }

  /**
   * Records a failed attempt.
   *
   * @param attemptStartedAt time at which the attempt started, as a `Clock.now` value; the failing period is measured
   * from this time
   */
  failure(attemptStartedAt: number): void {
    const { clock, settings } = this.#deps;
    this.#failures += 1;
    this.#failingSince ??= attemptStartedAt;
    const isLastingFailure =
      this.#failures >= settings.minFailures && clock.now() - this.#failingSince >= settings.openAfterMs;
    if (this.#state !== 'closed' || isLastingFailure) {
      this.trip();
    }
  }

  /** Opens the circuit immediately, for a failure that does not resolve by itself. */
  trip(): void {
    this.#trialAt = this.#deps.clock.now() + this.#probeDelay.next();
    this.#change('open');
  }

  /** Returns the milliseconds until the next trial request is due, or 0 if it is due now. */
  trialInMs(): number {
    return Math.max(0, this.#trialAt - this.#deps.clock.now());
  }

  admitTrial(): void {
    if (this.isOpen() && this.trialInMs() === 0) {
      this.#change('half_open');
    }
  }

  #change(next: CircuitState): void {
    if (next !== this.#state) {
      const previousState = this.#state;
      this.#state = next;
      this.#deps.onChange(next, previousState);
    }
  }
}
