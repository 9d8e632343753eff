import type { Clock } from '../runtime/clock.ts';
import { LogRateLimit } from '../runtime/log-rate-limit.ts';
import type { Logger } from '../runtime/logger.ts';
import { HeapGrowthAdjuster } from '../runtime/tune-v8.ts';
import type { Delivery, Outcome } from '../webhook/delivery.ts';
import { type Explanation, explainSignature } from '../webhook/explain/explain-signature.ts';
import type { DeliveryResponse, Observers } from '../webhook/observers.ts';
import type { PlannedDeadLetter, RecordPlan } from '../webhook/plan-records.ts';
import { SignatureMismatch } from '../webhook/refusal.ts';
import type { AppendWatch } from './append-watch.ts';
import { DeliveryLog } from './delivery-log.ts';
import type { ReceiverMetrics } from './receiver-metrics.ts';
import type { SecretWatch } from './secret-watch.ts';
import type { DeliveryHistory } from './status/delivery-history.ts';

export interface DeliveryObserversDeps {
  readonly metrics: ReceiverMetrics;
  readonly appends: AppendWatch;
  readonly history: DeliveryHistory;
  /** Absent if tracing is off. */
  readonly traces: TraceObserver | undefined;
  readonly secrets: Pick<SecretWatch, 'around'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface TraceObserver {
  begin(delivery: Delivery): void;
  end(outcome: Outcome, answer: DeliveryResponse): void;
}

/**
 * Maximum number of log lines per second about failed observers. Unauthenticated clients can cause these lines, so
 * their rate must be limited.
 */
const failureLinesPerSecond = 20;

/**
 * Maximum size of a body whose invalid signature is examined. Trying all similar secrets and bodies takes about a
 * millisecond.
 */
const maxExplainedBytes = 8 * 1024;

/** Maximum number of invalid signatures that are examined per second, for all webhooks together. */
const explanationsPerSecond = 20;

/** Reports each delivery to the metrics, the log, the status page and the traces. */
export class DeliveryObservers implements Observers {
  readonly #deps: DeliveryObserversDeps;
  readonly #log: DeliveryLog;
  readonly #failureLimit: LogRateLimit;
  readonly #explanationLimit: LogRateLimit;
  readonly #room = new HeapGrowthAdjuster();

  constructor(deps: DeliveryObserversDeps) {
    const { logger, clock } = deps;
    this.#deps = deps;
    this.#log = new DeliveryLog(logger, clock);
    this.#failureLimit = new LogRateLimit(clock, failureLinesPerSecond);
    this.#explanationLimit = new LogRateLimit(clock, explanationsPerSecond);
  }

  observeStart(delivery: Delivery): void {
    this.#deps.traces?.begin(delivery);
  }

  observeEvents({ events, deadLetters, facts: { webhook } }: RecordPlan): void {
    try {
      this.#deps.metrics.observeReceived(webhook, events.length + deadLetters.length);
      if (deadLetters.length > 0) {
        this.#logUnexpectedErrors(webhook, deadLetters);
      }
    } catch (err) {
      this.#logFailure(webhook, err);
    }
  }

  observeAnswer(outcome: Outcome, answer: DeliveryResponse): void {
    const { metrics, appends, history, traces } = this.#deps;
    try {
      appends.observe(outcome, answer.durationMs);
      history.observe(outcome, answer);
      metrics.observe(outcome, answer);
      this.#log.logAnswer(outcome, answer);
      traces?.end(outcome, answer);
      if (outcome.code === 'ok') {
        this.#room.observe(outcome.bodyBytes);
      } else if (outcome.cause instanceof SignatureMismatch) {
        this.#explainMismatch(outcome.cause, outcome, answer);
      }
    } catch (err) {
      this.#logFailure(answer.webhook, err);
    }
  }

  observeMisdirected(): void {
    this.#deps.metrics.observeMisdirected();
  }

  #logUnexpectedErrors(webhook: string, deadLetters: readonly PlannedDeadLetter[]): void {
    const failures = deadLetters.filter(({ reason }) => reason === 'unexpected_error');
    if (failures.length > 0) {
      this.#deps.logger.error(
        { webhook, events: failures.length, err: failures[0]?.error },
        'events could not be processed and are stored as dead letters',
      );
    }
  }

  /**
   * The signature is examined after the response was sent, so that the response time reveals nothing about the secrets.
   */
  #explainMismatch({ compared }: SignatureMismatch, outcome: Outcome, answer: DeliveryResponse): void {
    const { webhook } = answer;
    const { metrics, history } = this.#deps;
    const explainLastDelivery = history.explainLast(webhook);
    const report = (explanation: Explanation) => {
      metrics.observeSignatureCause(webhook, explanation.cause);
      explainLastDelivery(explanation);
      this.#log.logMismatch(outcome, answer, explanation);
    };
    if (compared.body.length > maxExplainedBytes || this.#explanationLimit.take() === undefined) {
      report({ cause: 'not_examined' });
      return;
    }
    setImmediate(() => {
      try {
        report(this.#explain(webhook, compared));
      } catch (err) {
        this.#logFailure(webhook, err);
      }
    });
  }

  #explain(webhook: string, compared: SignatureMismatch['compared']): Explanation {
    try {
      return explainSignature({ ...compared, algorithm: 'sha1' }, this.#deps.secrets.around(webhook));
    } catch (err) {
      return { cause: 'not_examined', err };
    }
  }

  #logFailure(webhook: string, err: unknown): void {
    const logPermit = this.#failureLimit.take();
    if (logPermit !== undefined) {
      this.#deps.logger.error(
        { webhook, err, ...logPermit },
        'cannot record the metrics or the log line of a delivery',
      );
    }
  }
}
