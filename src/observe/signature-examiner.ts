import { setImmediate as nextTurn } from 'node:timers/promises';
import type { DeliveryLogDeps, LogCause } from '../http/log-deliveries.ts';
import type { Clock } from '../runtime/clock.ts';
import {
  type Examination,
  type Explanation,
  examineSecrets,
  examineSignature,
  maxExaminedBytes,
} from '../webhook/explain/explain-signature.ts';
import type { SignatureCause } from '../webhook/explain/signature-cause.ts';
import type { SignatureMismatch } from '../webhook/refusal.ts';
import type { SecretWatch } from './secret-watch.ts';

export interface SignatureExaminerDeps {
  readonly clock: Clock;
  readonly secrets: Pick<SecretWatch, 'around'>;
  /** Called once for each signature that matches none of the secrets. */
  readonly observeCause: (webhook: string, cause: SignatureCause) => void;
  /** Runs an observer. It never throws. */
  readonly observeOnly: (webhook: string, run: () => void) => void;
  /** Returns the CPU time of this thread so far. */
  readonly cpuMs?: () => number;
  readonly random?: () => number;
}

/** The parts of a rejected delivery that are kept until its cause is reported. */
interface KeptSignature {
  readonly webhook: string;
  readonly body: Buffer;
  readonly digest: Buffer;
  readonly report: LogCause;
}

/**
 * Maximum size of a small body. Most unbatched events are smaller, and trying all similar secrets with a small body
 * takes about 50 µs.
 */
const smallBodyBytes = 8 * 1024;

/** Maximum number of small bodies that are kept. Together, they use 1 MiB, the size of one large body. */
const smallBodiesKept = 128;

/**
 * Time for which rejected signatures are collected before some of them are examined. Their responses are sent before
 * the examination.
 */
const collectionPeriodMs = 250;

/** Maximum time in milliseconds that an examination uses per turn of the event loop. */
const maxTurnMs = 2;

/** Seconds of rest after each second of CPU time. The rest limits examinations to a twentieth of a core. */
const restFactor = 19;

/**
 * CPU time that examinations may use after each collection period. If a single examination exceeds this time, the
 * following rest is longer.
 */
const cpuAllowanceMs = collectionPeriodMs / (restFactor + 1);

const notExamined = { cause: 'not_examined' } as const;

/**
 * Determines, after the response, why signatures match none of the secrets. Unauthenticated clients must not prevent
 * the examination of genuine deliveries. Therefore, the signatures to keep and examine are chosen randomly, and
 * similar secrets are tried first on all kept small bodies. A flood costs at most 4 MiB and the CPU time above.
 */
export class SignatureExaminer {
  readonly #deps: SignatureExaminerDeps;
  readonly #random: () => number;
  readonly #cpuMs: () => number;
  #small: KeptSignature[] = [];
  #large: KeptSignature[] = [];
  /** Signatures whose cause has not been reported yet. */
  readonly #pending = new Set<KeptSignature>();
  #isRunning = false;
  #restsUntil = Number.NEGATIVE_INFINITY;
  /** CPU time since the last rest. */
  #usedMs = 0;

  constructor(deps: SignatureExaminerDeps) {
    const { random = Math.random, cpuMs = threadCpuMs } = deps;
    this.#deps = deps;
    this.#random = random;
    this.#cpuMs = cpuMs;
  }

  readonly examine: DeliveryLogDeps['examine'] = (webhook, mismatch, report) => {
    const signature = toKeptSignature(webhook, mismatch, report);
    this.#pending.add(signature);
    const droppedSignature = this.#keep(signature);
    if (droppedSignature !== undefined) {
      this.#report(droppedSignature, notExamined);
    }
    if (!this.#isRunning) {
      this.#isRunning = true;
      void this.#run();
    }
  };

  /** Reports all pending signatures as not examined. Call it before the process exits. */
  close(): void {
    for (const signature of this.#pending) {
      this.#report(signature, notExamined);
    }
  }

  /**
   * Keeps a signature. If too many signatures are kept, replaces a random one.
   *
   * @returns the signature that is not kept, if any
   */
  #keep(signature: KeptSignature): KeptSignature | undefined {
    const { length } = signature.body;
    if (length > maxExaminedBytes) {
      return signature;
    }
    const [kept, maxCount] = length > smallBodyBytes ? [this.#large, 1] : [this.#small, smallBodiesKept];
    const removed = kept.length < maxCount ? [] : kept.splice(Math.floor(this.#random() * maxCount), 1);
    kept.push(signature);
    return removed[0];
  }

  /** Examines signatures until none is pending. */
  async #run(): Promise<void> {
    const { clock } = this.#deps;
    while (this.#pending.size > 0) {
      await wait(Math.max(collectionPeriodMs, this.#restsUntil - clock.now()));
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
    while (step.done !== true && clock.now() - beganAt < maxTurnMs) {
      step = steps.next();
    }
    this.#usedMs += this.#cpuMs() - cpuBefore;
    return step.done === true;
  }

  *#examineKept(): Examination<void> {
    const small = this.#small;
    // Signatures that are already explained are included, so that the duration of the examination does not reveal any
    // results.
    const kept = [...small, ...this.#large];
    this.#small = [];
    this.#large = [];
    for (const signature of small) {
      yield* this.#examine(signature, examineSecrets);
    }
    // At least one large body is examined, regardless of the time that the small bodies took.
    do {
      const replacedIndex = Math.floor(this.#random() * kept.length);
      for (const signature of kept.splice(replacedIndex, 1)) {
        yield* this.#examine(signature, examineSignature);
      }
    } while (kept.length > 0 && this.#usedMs < cpuAllowanceMs);
    for (const signature of kept) {
      this.#report(signature, notExamined);
    }
  }

  *#examine(
    signature: KeptSignature,
    examine: typeof examineSecrets | typeof examineSignature,
  ): Examination<void> {
    const { webhook, body, digest } = signature;
    try {
      const candidates = this.#deps.secrets.around(webhook);
      const explanation = yield* examine({ body, digest, algorithm: 'sha1' }, candidates);
      if (explanation !== undefined) {
        this.#report(signature, explanation);
      }
    } catch (err) {
      this.#report(signature, { ...notExamined, err });
    }
  }

  /** Reports the first explanation of a signature, and ignores later ones. */
  #report(signature: KeptSignature, explanation: Explanation): void {
    const { webhook, report } = signature;
    if (!this.#pending.delete(signature)) {
      return;
    }
    const { observeCause, observeOnly } = this.#deps;
    observeOnly(webhook, () => {
      observeCause(webhook, explanation.cause);
      report(explanation);
    });
  }
}

function toKeptSignature(webhook: string, { compared }: SignatureMismatch, report: LogCause): KeptSignature {
  const { body, digest } = compared;
  // A small body is copied, because it may be a slice of a large chunk that would be kept alive.
  return { webhook, body: body.length > smallBodyBytes ? body : Buffer.from(body), digest, report };
}

/**
 * CPU time is used instead of wall-clock time, because on a busy machine, other threads use part of the wall-clock
 * time.
 */
function threadCpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms).unref());
}
