import type { Clock } from '../../runtime/clock.ts';
import type { Outcome } from '../../webhook/delivery.ts';
import { SignatureHeaderRefusal } from '../../webhook/refusal.ts';

/** The provider tries again for so long. */
export const retriedForMs = 24 * 3_600_000;

/** The longest pause between two tries. When nothing was refused for so long, nothing waits at the provider. */
export const longestRetryPauseMs = 4 * 3_600_000;

/** Refused deliveries of one reason. No stranger can push out those of another reason, or those with a good signature. */
export interface RefusalGroup {
  /** As in `comapi_webhook_requests_total`. */
  readonly reason: string;
  /** The cause of a 401 whose header shows it, as in `comapi_webhook_signature_failures_total`; a mismatch is examined elsewhere. */
  readonly cause: string | undefined;
  /** Whether their signatures were good. */
  readonly signed: boolean;
  readonly status: number;
  /** Since the start of the process. */
  readonly count: number;
  /** The newest first. */
  readonly newest: readonly { readonly webhook: string; readonly epochMs: number }[];
}

/** Signed deliveries of one registration that were refused, with no longer pause than the provider's. */
export interface RefusedRun {
  /** Epoch milliseconds of the first and the last of them. */
  readonly since: number;
  readonly until: number;
  /** The provider's repetitions among them. */
  readonly count: number;
  /** Something was accepted after the last of them. */
  readonly isOver: boolean;
}

type Observed = Pick<Outcome, 'code' | 'cause' | 'secret' | 'own'>;

const keptOfEachReason = 5;

/** Remembers the newest refusals: when, of which registration, and why. Not who sent them, and nothing of their bodies. */
export class RefusalLog {
  readonly #clock: Pick<Clock, 'epochMs'>;
  readonly #groups = new Map<string, RefusalGroup>();
  readonly #runs = new Map<string, RefusedRun>();

  constructor(clock: Pick<Clock, 'epochMs'>) {
    this.#clock = clock;
  }

  observe(
    outcome: Observed,
    { webhook, status }: { readonly webhook: string; readonly status: number },
  ): void {
    if (outcome.code === 'ok') {
      const run = this.#runs.get(webhook);
      if (run?.isOver === false) {
        this.#runs.set(webhook, { ...run, isOver: true });
      }
      return;
    }
    const epochMs = this.#clock.epochMs();
    this.#addToGroup(outcome, status, { webhook, epochMs });
    // Strangers cannot sign, and what is not the provider's does not come again.
    if (outcome.secret !== undefined && outcome.own === undefined) {
      const { since = epochMs, count = 0 } = this.refusedRun(webhook) ?? {};
      this.#runs.set(webhook, { since, until: epochMs, count: count + 1, isOver: false });
    }
  }

  /** The one with the newest refusal first. */
  groups(): readonly RefusalGroup[] {
    return [...this.#groups.values()].toSorted((one, other) => lastOf(other) - lastOf(one));
  }

  /** `undefined` when nothing of the registration can wait at the provider, as far as this process knows. */
  refusedRun(webhook: string): RefusedRun | undefined {
    const run = this.#runs.get(webhook);
    return run !== undefined && this.#clock.epochMs() - run.until < longestRetryPauseMs ? run : undefined;
  }

  #addToGroup(
    { code: reason, cause: error, secret }: Observed,
    status: number,
    refused: RefusalGroup['newest'][number],
  ): void {
    const cause = error instanceof SignatureHeaderRefusal ? error.reason : undefined;
    const signed = secret !== undefined;
    const key = `${reason} ${cause} ${signed}`;
    const { count = 0, newest = [] } = this.#groups.get(key) ?? {};
    this.#groups.set(key, {
      reason,
      cause,
      signed,
      status,
      count: count + 1,
      newest: [refused, ...newest.slice(0, keptOfEachReason - 1)],
    });
  }
}

function lastOf({ newest }: RefusalGroup): number {
  return newest[0]?.epochMs ?? 0;
}
