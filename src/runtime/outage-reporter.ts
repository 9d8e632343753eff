import { setTimeout as delay } from 'node:timers/promises';
import { Backoff } from './backoff.ts';

interface OutageReporterDeps {
  /** Callback that receives one sentence for the operator. */
  readonly onWarning: (text: string) => void;
  readonly signal: AbortSignal;
}

const reportDelayMs = { first: 100, last: 2_000 };

/** Reports the start and the end of an outage once each, for work that retries automatically. */
export class OutageReporter {
  readonly #deps: OutageReporterDeps;
  readonly #backoff = new Backoff(reportDelayMs);
  #reported: string | undefined;

  constructor(deps: OutageReporterDeps) {
    this.#deps = deps;
  }

  /** Reports a failed attempt and waits before the next one. If the signal is aborted, returns immediately. */
  async wait(reason: string): Promise<void> {
    const { onWarning, signal } = this.#deps;
    if (this.#reported === undefined) {
      onWarning(`${reason.replace(/\.$/, '')}. Retrying until the store responds.`);
    }
    this.#reported = reason;
    await delay(this.#backoff.next(), undefined, { signal }).catch(() => {});
  }

  passed(): void {
    if (this.#reported !== undefined) {
      this.#reported = undefined;
      this.#backoff.reset();
      this.#deps.onWarning('Reading continues.');
    }
  }
}
