import { refusalStatus } from '../../http/refusal-status.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Outcome } from '../../webhook/delivery.ts';
import type { SignatureCause } from '../../webhook/explain/signature-cause.ts';
import { SignatureHeaderRefusal, SignatureMismatch } from '../../webhook/refusal.ts';

/** The provider tries again for so long. */
export const retriedForMs = 24 * 3_600_000;

/** The longest pause between two tries. When nothing was refused for so long, nothing waits at the provider. */
export const longestRetryPauseMs = 4 * 3_600_000;

/** Refused deliveries of one reason. No stranger can push out those of another reason, or those with a good signature. */
export interface RefusalGroup {
  /** As in `comapi_webhook_requests_total`. */
  readonly reason: string;
  /** Of a 401, as in `comapi_webhook_signature_failures_total`. */
  readonly cause: SignatureCause | undefined;
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
    const { code: reason, cause } = outcome;
    // `observeExamined` hears of it later, with its cause.
    if (cause instanceof SignatureMismatch) {
      return;
    }
    const epochMs = this.#clock.epochMs();
    const signed = outcome.secret !== undefined;
    const known = cause instanceof SignatureHeaderRefusal ? cause.reason : undefined;
    this.#add({ reason, cause: known, signed, status }, { webhook, epochMs });
    // Strangers cannot sign, and what is not the provider's does not come again.
    if (signed && outcome.own === undefined) {
      const { since = epochMs, count = 0 } = this.refusedRun(webhook) ?? {};
      this.#runs.set(webhook, { since, until: epochMs, count: count + 1, isOver: false });
    }
  }

  /** A signature that matches none of the secrets, when it is known why. */
  observeExamined(webhook: string, cause: SignatureCause): void {
    const reason = 'bad_signature';
    const epochMs = this.#clock.epochMs();
    this.#add({ reason, cause, signed: false, status: refusalStatus[reason] }, { webhook, epochMs });
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

  #add(group: Omit<RefusalGroup, 'count' | 'newest'>, refused: RefusalGroup['newest'][number]): void {
    const key = `${group.reason} ${group.cause} ${group.signed}`;
    const { count = 0, newest = [] } = this.#groups.get(key) ?? {};
    this.#groups.set(key, {
      ...group,
      count: count + 1,
      newest: [refused, ...newest.slice(0, keptOfEachReason - 1)],
    });
  }
}

function lastOf({ newest }: RefusalGroup): number {
  return newest[0]?.epochMs ?? 0;
}
