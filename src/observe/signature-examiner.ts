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
  /** Hears of each signature that matches none of the secrets, once. */
  readonly observeCause: (webhook: string, cause: SignatureCause) => void;
  /** Runs what only observes. It never throws. */
  readonly observeOnly: (webhook: string, run: () => void) => void;
  /** CPU time of this thread so far. */
  readonly cpuMs?: () => number;
  readonly random?: () => number;
}

/** What is kept of a refused delivery until its cause is told. */
interface KeptSignature {
  readonly webhook: string;
  readonly body: Buffer;
  readonly digest: Buffer;
  readonly tell: LogCause;
}

/** Most single events are smaller. To try all near secrets on such a body takes some 50 µs. */
const smallBodyBytes = 8 * 1024;

/** 1 MiB, as one large body has. */
const smallBodiesKept = 128;

/** So long refused signatures are gathered before some of them are examined. The answers are out by then. */
const gatherMs = 250;

/** One turn of the event loop may take so long. */
const turnMs = 2;

/** After a second of CPU time none begins for so many seconds: it has a twentieth of a core. */
const restFactor = 19;

/** What may be used after each gathering, if it is to be that twentieth. A single examination may use more, and the rest is longer. */
const allowedMs = gatherMs / (restFactor + 1);

const notExamined = { cause: 'not_examined' } as const;

/**
 * Says why signatures match none of the secrets, after the answer. What strangers send must not keep genuine deliveries from
 * it: chance decides which are kept and examined, and near secrets are tried on all small bodies that were kept before anything
 * else. A flood costs 4 MiB, and no more CPU time than this is given.
 */
export class SignatureExaminer {
  readonly #deps: SignatureExaminerDeps;
  readonly #random: () => number;
  readonly #cpuMs: () => number;
  #small: KeptSignature[] = [];
  #large: KeptSignature[] = [];
  /** Those whose cause was not told yet. */
  readonly #untold = new Set<KeptSignature>();
  #isRunning = false;
  #restsUntil = Number.NEGATIVE_INFINITY;
  /** Since the last rest. */
  #usedMs = 0;

  constructor(deps: SignatureExaminerDeps) {
    const { random = Math.random, cpuMs = threadCpuMs } = deps;
    this.#deps = deps;
    this.#random = random;
    this.#cpuMs = cpuMs;
  }

  readonly examine: DeliveryLogDeps['examine'] = (webhook, mismatch, tell) => {
    const refused = toKept(webhook, mismatch, tell);
    this.#untold.add(refused);
    const left = this.#keep(refused);
    if (left !== undefined) {
      this.#tell(left, notExamined);
    }
    if (!this.#isRunning) {
      this.#isRunning = true;
      void this.#run();
    }
  };

  /** Examines no more, so that nothing is untold when the process ends. */
  close(): void {
    for (const refused of this.#untold) {
      this.#tell(refused, notExamined);
    }
  }

  /** Chance decides which one leaves for another. @returns what is not kept: this one, or one that was kept before */
  #keep(refused: KeptSignature): KeptSignature | undefined {
    const { length } = refused.body;
    if (length > maxExaminedBytes) {
      return refused;
    }
    const [kept, most] = length > smallBodyBytes ? [this.#large, 1] : [this.#small, smallBodiesKept];
    const left = kept.length < most ? [] : kept.splice(Math.floor(this.#random() * most), 1);
    kept.push(refused);
    return left[0];
  }

  /** Until nothing is kept. */
  async #run(): Promise<void> {
    const { clock } = this.#deps;
    while (this.#untold.size > 0) {
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
    const small = this.#small;
    // Also those whose secret is found before, so that the time tells nothing of it.
    const kept = [...small, ...this.#large];
    this.#small = [];
    this.#large = [];
    for (const refused of small) {
      yield* this.#examine(refused, examineSecrets);
    }
    // One at least, however much the small ones took.
    do {
      const chosen = Math.floor(this.#random() * kept.length);
      for (const refused of kept.splice(chosen, 1)) {
        yield* this.#examine(refused, examineSignature);
      }
    } while (kept.length > 0 && this.#usedMs < allowedMs);
    for (const refused of kept) {
      this.#tell(refused, notExamined);
    }
  }

  *#examine(
    refused: KeptSignature,
    examine: typeof examineSecrets | typeof examineSignature,
  ): Examination<void> {
    const { webhook, body, digest } = refused;
    try {
      const around = this.#deps.secrets.around(webhook);
      const explanation = yield* examine({ body, digest, algorithm: 'sha1' }, around);
      if (explanation !== undefined) {
        this.#tell(refused, explanation);
      }
    } catch (err) {
      this.#tell(refused, { ...notExamined, err });
    }
  }

  /** The first explanation counts. */
  #tell(refused: KeptSignature, explanation: Explanation): void {
    const { webhook, tell } = refused;
    if (!this.#untold.delete(refused)) {
      return;
    }
    const { observeCause, observeOnly } = this.#deps;
    observeOnly(webhook, () => {
      observeCause(webhook, explanation.cause);
      tell(explanation);
    });
  }
}

function toKept(webhook: string, { compared }: SignatureMismatch, tell: LogCause): KeptSignature {
  const { body, digest } = compared;
  // A small body may be a part of a large chunk, which would be kept with it.
  return { webhook, body: body.length > smallBodyBytes ? body : Buffer.from(body), digest, tell };
}

/** Where little of a core is left, time goes by that this did not use. */
function threadCpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms).unref());
}
