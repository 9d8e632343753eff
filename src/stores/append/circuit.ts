import { Backoff, type BackoffRange } from '../../runtime/backoff.ts';
import type { Clock } from '../../runtime/clock.ts';

/**
 * - `closed`: attempts succeed
 * - `open`: nothing is attempted; callers are refused at once
 * - `half_open`: the next attempt decides
 */
export type CircuitState = 'closed' | 'open' | 'half_open';

export interface CircuitSettings {
  /** It opens when nothing has succeeded for so long and at least `minFailures` attempts in a row have failed. */
  readonly openAfterMs: number;
  readonly minFailures: number;
  /** How long it stays open before a trial. */
  readonly probeDelayMs: BackoffRange;
}

export interface Circuit {
  state(): CircuitState;
  isOpen(): boolean;
  success(): void;
  /** @param attemptStartedAt in the time of `Clock.now`: an attempt that took long to fail counts from its beginning. */
  failure(attemptStartedAt: number): void;
  /** Opens at once, for a failure that does not pass by itself. */
  trip(): void;
  /** Milliseconds until a trial is due; 0 when it is. */
  trialInMs(): number;
  /** Lets attempts through an open circuit, if a trial is due. */
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
