import { setImmediate as nextTurn } from 'node:timers/promises';
import type { DeliveryLogDeps } from '../http/log-deliveries.ts';
import type { Clock } from '../runtime/clock.ts';
import {
  type Examination,
  type Explanation,
  examineBody,
  examineSecrets,
  examineSignature,
  type StraySignature,
} from '../webhook/explain/explain-signature.ts';
import type { SecretsAround } from '../webhook/explain/near-secrets.ts';
import type { SignatureCause } from '../webhook/explain/signature-cause.ts';
import { type KeptSignature, KeptSignatures, toKept } from './kept-signatures.ts';
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

interface Candidate {
  readonly refused: KeptSignature;
  /** What is tried; also when a near secret was found before, so that the time tells nothing of it. */
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

const notExamined = { cause: 'not_examined' } as const;

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
    this.#kept = new KeptSignatures(random);
  }

  readonly examine: DeliveryLogDeps['examine'] = (webhook, mismatch, tell) => {
    const refused = toKept(webhook, mismatch, tell);
    this.#untold.add(refused);
    const left = this.#kept.offer(refused);
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
    this.#kept.take();
    for (const refused of this.#untold) {
      this.#tell(refused, notExamined);
    }
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
    const { small, large } = this.#kept.take();
    const candidates: Candidate[] = large.map((refused) => ({ refused, examine: examineSignature }));
    for (const refused of small) {
      yield* this.#examine({ refused, examine: examineSecrets });
      candidates.push({ refused, examine: examineBody });
    }
    // One at least, however much the small ones took.
    do {
      const chosen = Math.floor(this.#random() * candidates.length);
      for (const candidate of candidates.splice(chosen, 1)) {
        yield* this.#examine(candidate);
      }
    } while (candidates.length > 0 && this.#usedMs < allowedMs);
    for (const { refused } of candidates) {
      this.#tell(refused, notExamined);
    }
  }

  *#examine({ refused, examine }: Candidate): Examination<void> {
    const { webhook, signature } = refused;
    try {
      const explanation = yield* examine(signature, this.#deps.secrets.around(webhook));
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

/** Where little of a core is left, time goes by that this did not use. */
function threadCpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms).unref());
}
