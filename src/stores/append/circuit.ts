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
  /** Delay before an open circuit allows a trial attempt. The delay grows with each failed trial. */
  readonly probeDelayMs: BackoffRange;
}

export interface Circuit {
  state(): CircuitState;
  isOpen(): boolean;
  success(): void;
  /**
   * Records a failed attempt.
   *
   * @param attemptStartedAt `Clock.now` at the start of the attempt; the failing period is measured from this time
   */
  failure(attemptStartedAt: number): void;
  /** Opens the circuit immediately, for a failure that does not resolve by itself. */
  trip(): void;
  /** Returns the milliseconds until the next trial is due, or 0 if it is due now. */
  trialInMs(): number;
  admitTrial(): void;
}

interface CircuitDeps {
  readonly clock: Clock;
  readonly settings: CircuitSettings;
  readonly onChange: (state: CircuitState, previous: CircuitState) => void;
}

export function createCircuit({ clock, settings, onChange }: CircuitDeps): Circuit {
  const probeDelay = new Backoff(settings.probeDelayMs);
  let state: CircuitState = 'closed';
  let failures = 0;
  let failingSince: number | undefined;
  let trialAt = 0;

  function change(next: CircuitState): void {
    if (next !== state) {
      const previous = state;
      state = next;
      onChange(next, previous);
    }
  }

  function open(): void {
    trialAt = clock.now() + probeDelay.next();
    change('open');
  }

  return {
    state: () => state,
    isOpen: () => state === 'open',
    success() {
      failures = 0;
      failingSince = undefined;
      probeDelay.reset();
      change('closed');
    },
    failure(attemptStartedAt) {
      failures += 1;
      failingSince ??= attemptStartedAt;
      const lasting = failures >= settings.minFailures && clock.now() - failingSince >= settings.openAfterMs;
      if (state !== 'closed' || lasting) {
        open();
      }
    },
    trip: open,
    trialInMs: () => Math.max(0, trialAt - clock.now()),
    admitTrial() {
      if (state === 'open' && clock.now() >= trialAt) {
        change('half_open');
      }
    },
  };
}
