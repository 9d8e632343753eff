import { setTimeout as delay } from 'node:timers/promises';
import { Backoff } from './backoff.ts';

interface OutageReporterDeps {
  /** For a person, one sentence. */
  readonly onWarning: (text: string) => void;
  readonly signal: AbortSignal;
}

const delayMs = { first: 100, last: 2_000 };

/** For what goes on by itself after a failure: an outage is told once, and so is its end. */
export class OutageReporter {
  readonly #deps: OutageReporterDeps;
  readonly #backoff = new Backoff(delayMs);
  #told: string | undefined;

  constructor(deps: OutageReporterDeps) {
    this.#deps = deps;
  }

  /** Waits before the next attempt; not after the signal. */
  async wait(reason: string): Promise<void> {
    const { onWarning, signal } = this.#deps;
    if (this.#told === undefined) {
      onWarning(`${reason.replace(/\.$/, '')}. Retrying until it answers again.`);
    }
    this.#told = reason;
    await delay(this.#backoff.next(), undefined, { signal }).catch(() => {});
  }

  /** An attempt has succeeded. */
  passed(): void {
    if (this.#told !== undefined) {
      this.#told = undefined;
      this.#backoff.reset();
      this.#deps.onWarning('Reading goes on.');
    }
  }
}
