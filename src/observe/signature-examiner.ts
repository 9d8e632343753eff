import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../runtime/clock.ts';
import { LogLimit } from '../runtime/log-limit.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Outcome } from '../webhook/delivery.ts';
import {
  type Examination,
  type Explanation,
  examineBody,
  examineSecrets,
  examineSignature,
  type StraySignature,
} from '../webhook/explain/explain-signature.ts';
import type { SecretsAround } from '../webhook/explain/near-secrets.ts';
import { signatureAdvice } from '../webhook/explain/signature-cause.ts';
import { SignatureMismatch } from '../webhook/refusal.ts';
import { type KeptSignature, KeptSignatures, type RefusedDelivery } from './kept-signatures.ts';
import type { ReceiverMetrics } from './receiver-metrics.ts';
import type { SecretWatch } from './secret-watch.ts';

export interface SignatureExaminerDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly secrets: Pick<SecretWatch, 'around'>;
  /** Hears of each signature that matches none of the secrets, once. */
  readonly metrics: Pick<ReceiverMetrics, 'observeSignatureCause'>;
  /** CPU time of this thread so far. */
  readonly cpuMs?: () => number;
  readonly random?: () => number;
}

interface Candidate {
  readonly refused: KeptSignature;
  /** A near secret is reported. The rest is tried all the same, so that the time tells nothing of it. */
  readonly isReported: boolean;
  /** What is tried. */
  examine(signature: StraySignature, around: SecretsAround): Examination<Explanation | undefined>;
}

/** So long refused signatures are gathered before some of them are examined. The answers are out by then. */
const gatherMs = 250;

/** One turn of the event loop may take so long. */
const turnMs = 2;

/** After a second of CPU time none begins for so many seconds: it has a twentieth of a core. */
const restFactor = 19;

/** What may be used after each gathering, if it is to be that twentieth. A single examination may use more, and the rest is longer. */
const allowedMs = gatherMs / (restFactor + 1);

/** One limit is for lines on proven causes, another for all others, which strangers can cause. */
const linesPerSecond = 4;

/**
 * Says why signatures match none of the secrets, after the answer. What strangers send must not keep genuine deliveries from
 * it: chance decides which are examined, and near secrets are tried on all small bodies that were kept before anything else.
 * A flood costs 4 MiB, and no more CPU time than this is given.
 */
export class SignatureExaminer {
  readonly #deps: SignatureExaminerDeps;
  readonly #random: () => number;
  readonly #cpuMs: () => number;
  readonly #kept: KeptSignatures;
  readonly #lines: { readonly proven: LogLimit; readonly other: LogLimit };
  #isRunning = false;
  #restsUntil = Number.NEGATIVE_INFINITY;
  /** Since the last rest. */
  #usedMs = 0;

  constructor(deps: SignatureExaminerDeps) {
    const { clock, random = Math.random, cpuMs = threadCpuMs } = deps;
    this.#deps = deps;
    this.#random = random;
    this.#cpuMs = cpuMs;
    this.#kept = new KeptSignatures(random);
    this.#lines = {
      proven: new LogLimit(clock, linesPerSecond),
      other: new LogLimit(clock, linesPerSecond),
    };
  }

  observe({ cause }: Pick<Outcome, 'cause'>, refused: RefusedDelivery): void {
    if (!(cause instanceof SignatureMismatch)) {
      return;
    }
    const left = this.#kept.offer(refused, cause);
    if (left !== undefined) {
      this.#leaveOut(left);
    }
    if (!this.#isRunning) {
      this.#isRunning = true;
      void this.#run();
    }
  }

  #leaveOut(webhook: string): void {
    this.#deps.metrics.observeSignatureCause(webhook, 'not_examined');
  }

  /** Until nothing is kept. */
  async #run(): Promise<void> {
    const { clock } = this.#deps;
    while (!this.#kept.isEmpty) {
      await wait(Math.max(gatherMs, this.#restsUntil - clock.now()));
      this.#usedMs = 0;
      const steps = this.#examineKept();
      while (!this.#isDoneAfterTurn(steps)) {
        await nextTurn();
      }
      this.#restsUntil = clock.now() + this.#usedMs * restFactor;
    }
    this.#isRunning = false;
  }

  #isDoneAfterTurn(steps: Examination<void>): boolean {
    const { clock } = this.#deps;
    const beganAt = clock.now();
    const cpuBefore = this.#cpuMs();
    let step = steps.next();
    while (step.done !== true && clock.now() - beganAt < turnMs) {
      step = steps.next();
    }
    this.#usedMs += this.#cpuMs() - cpuBefore;
    return step.done === true;
  }

  *#examineKept(): Examination<void> {
    const { small, large } = this.#kept.take();
    const candidates: Candidate[] = large.map((refused) => ({
      refused,
      isReported: false,
      examine: examineSignature,
    }));
    for (const refused of small) {
      const isReported = yield* this.#examine({ refused, isReported: false, examine: examineSecrets });
      candidates.push({ refused, isReported, examine: examineBody });
    }
    // One at least, however much the small ones took.
    do {
      const chosen = Math.floor(this.#random() * candidates.length);
      for (const candidate of candidates.splice(chosen, 1)) {
        yield* this.#examine(candidate);
      }
    } while (candidates.length > 0 && this.#usedMs < allowedMs);
    for (const { refused } of candidates.filter(({ isReported }) => !isReported)) {
      this.#leaveOut(refused.webhook);
    }
  }

  /** @returns whether it is reported */
  *#examine({ refused, isReported, examine }: Candidate): Examination<boolean> {
    const { webhook, signature } = refused;
    const { logger, secrets } = this.#deps;
    try {
      const explanation = yield* examine(signature, secrets.around(webhook));
      if (explanation !== undefined && !isReported) {
        this.#report(refused, explanation);
      }
      return explanation !== undefined;
    } catch (err) {
      if (isReported) {
        return true;
      }
      this.#leaveOut(webhook);
      const allowed = this.#lines.other.take();
      if (allowed !== undefined) {
        logger.error({ webhook, err, ...allowed }, 'a signature could not be examined');
      }
      return true;
    }
  }

  #report({ webhook, signature, sender }: KeptSignature, explanation: Explanation): void {
    const { logger, metrics } = this.#deps;
    const { cause, secret } = explanation;
    metrics.observeSignatureCause(webhook, cause);
    const allowed = (secret === undefined ? this.#lines.other : this.#lines.proven).take();
    if (allowed !== undefined) {
      const bodyBytes = signature.body.length;
      const detail = signatureAdvice[cause];
      logger.warn(
        { webhook, ...explanation, bodyBytes, ...sender, ...allowed, detail },
        'signature examined',
      );
    }
  }
}

/** Where little of a core is left, time goes by that this did not use. */
function threadCpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms).unref());
}
