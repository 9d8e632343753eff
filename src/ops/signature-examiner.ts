import { setImmediate as nextTurn } from 'node:timers/promises';
import { describeSender, readTraceId } from '../http/log-deliveries.ts';
import type { DecidedDelivery } from '../http/webhook-route.ts';
import type { Clock } from '../runtime/clock.ts';
import { LogLimit } from '../runtime/log-limit.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Outcome } from '../webhook/delivery.ts';
import {
  type Explanation,
  examineSignature,
  maxExaminedBytes,
} from '../webhook/explain/explain-signature.ts';
import { signatureAdvice } from '../webhook/explain/signature-cause.ts';
import { SignatureMismatch } from '../webhook/refusal.ts';
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
}

type RefusedDelivery = Pick<DecidedDelivery, 'webhook' | 'delivery' | 'request' | 'response'>;

/** Strangers decide how many signatures match nothing: so many are examined. */
const examinationsPerSecond = 4;

/** So long an answer may be on its way. */
const patienceMs = 10_000;

/** One turn of the event loop may take so long. */
const turnMs = 2;

/** After a second of CPU time none begins for so many seconds: it has a twentieth of a core. */
const restFactor = 19;

/**
 * Says why signatures match none of the secrets: of a few a second, one at a time, after the answer. So a flood costs one body,
 * and no more time than this is given.
 */
export class SignatureExaminer {
  readonly #deps: SignatureExaminerDeps;
  readonly #limit: LogLimit;
  #isBusy = false;
  #restsUntil = Number.NEGATIVE_INFINITY;

  constructor(deps: SignatureExaminerDeps) {
    this.#deps = deps;
    this.#limit = new LogLimit(deps.clock, examinationsPerSecond);
  }

  observe({ cause }: Pick<Outcome, 'cause'>, delivery: RefusedDelivery): void {
    if (!(cause instanceof SignatureMismatch)) {
      return;
    }
    if (this.#mayExamine(cause.compared.body)) {
      void this.#examine(cause.compared, delivery);
    } else {
      this.#deps.metrics.observeSignatureCause(delivery.webhook, 'not_examined');
    }
  }

  #mayExamine({ length }: Buffer): boolean {
    const isFree = !this.#isBusy && this.#deps.clock.now() >= this.#restsUntil;
    return isFree && length <= maxExaminedBytes && this.#limit.take() !== undefined;
  }

  async #examine(compared: SignatureMismatch['compared'], refused: RefusedDelivery): Promise<void> {
    const { webhook, delivery, request, response } = refused;
    const { logger, metrics, secrets } = this.#deps;
    // A connection that has ended does not know its address any more.
    const sender = { ...describeSender(request), traceId: readTraceId(delivery) };
    this.#isBusy = true;
    try {
      if (!(await isOver(response))) {
        metrics.observeSignatureCause(webhook, 'not_examined');
        return;
      }
      const steps = examineSignature({ ...compared, algorithm: 'sha1' }, secrets.around(webhook));
      const explanation = await this.#run(steps);
      metrics.observeSignatureCause(webhook, explanation.cause);
      const bodyBytes = compared.body.length;
      const detail = signatureAdvice[explanation.cause];
      logger.warn({ webhook, ...explanation, bodyBytes, ...sender, detail }, 'signature examined');
    } catch (err) {
      metrics.observeSignatureCause(webhook, 'not_examined');
      logger.error({ webhook, err }, 'a signature could not be examined');
    } finally {
      this.#isBusy = false;
    }
  }

  async #run(steps: ReturnType<typeof examineSignature>): Promise<Explanation> {
    const { clock, cpuMs = threadCpuMs } = this.#deps;
    let usedMs = 0;
    for (;;) {
      await nextTurn();
      const beganAt = clock.now();
      const cpuBefore = cpuMs();
      let step = steps.next();
      while (step.done !== true && clock.now() - beganAt < turnMs) {
        step = steps.next();
      }
      usedMs += cpuMs() - cpuBefore;
      if (step.done === true) {
        this.#restsUntil = clock.now() + usedMs * restFactor;
        return step.value;
      }
    }
  }
}

/** Where little of a core is left, time goes by that this did not use. */
function threadCpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/** Waits until the answer is out, or will never be. Not for a client that reads none: it would hold up all others. */
function isOver(response: RefusedDelivery['response']): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(resolve, patienceMs, false).unref();
  const finish = (): void => {
    clearTimeout(timer);
    resolve(true);
  };
  if (response.closed) {
    finish();
  } else {
    response.once('close', finish);
  }
  return promise;
}
