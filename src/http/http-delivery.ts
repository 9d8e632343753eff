import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { DeadlineWatch } from '../runtime/deadline-watch.ts';
import type { Admission, AdmissionGate } from '../webhook/admission-gate.ts';
import type { Delivery, DeliveryTrace, Webhook } from '../webhook/delivery.ts';
import { signatureHeader } from '../webhook/verify-signature.ts';
import type { ArrivingBody } from './arriving-body.ts';
import type { LoopWatch } from './loop-watch.ts';
import { readBody } from './read-body.ts';
import { markAuthenticated } from './server/limit-connections.ts';

export interface HttpDeliveryOptions {
  readonly gate: Pick<AdmissionGate, 'limits'>;
  readonly requestBudgetMs: number;
  readonly bodyTimeoutMs: number;
  readonly arriving: DeadlineWatch<ArrivingBody>;
  readonly loop: LoopWatch;
}

/**
 * Presents an HTTP request as a delivery. It is a class, because closures would have to be allocated again for each
 * request.
 */
export class HttpDelivery implements Delivery {
  readonly webhook: Webhook;
  readonly signature: string | undefined;
  readonly declaredBytes: number | undefined;
  readonly contentEncoding: string | undefined;
  readonly deadline: number;
  traceparent: string | undefined;
  trace: DeliveryTrace | undefined;
  readonly #request: IncomingMessage;
  readonly #options: HttpDeliveryOptions;

  constructor(webhook: Webhook, request: IncomingMessage, options: HttpDeliveryOptions) {
    const { headers } = request;
    const length = headers['content-length'];
    const signature = headers[signatureHeader];
    this.webhook = webhook;
    this.signature = typeof signature === 'string' ? signature : undefined;
    this.declaredBytes = length === undefined ? undefined : Number(length);
    this.contentEncoding = headers['content-encoding'];
    // Earliest time at which the provider's timeout of 10 s may have started.
    this.deadline = options.loop.unreadSince + options.requestBudgetMs;
    this.traceparent = readTraceparent(headers);
    this.trace = undefined;
    this.#request = request;
    this.#options = options;
  }

  onVerified(): void {
    markAuthenticated(this.#request.socket);
  }

  readBody(admission: Admission): Promise<Buffer> {
    const { gate, requestBudgetMs, bodyTimeoutMs, arriving } = this.#options;
    return readBody(this.#request, admission, {
      maxBodyBytes: gate.limits.maxBodyBytes,
      endsAt: this.deadline - requestBudgetMs + bodyTimeoutMs,
      declaredBytes: this.declaredBytes,
      arriving,
    });
  }
}

const traceparentForm = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/**
 * Returns the header `traceparent`, or `undefined` if it is invalid.
 *
 * @see https://www.w3.org/TR/trace-context/#traceparent-header
 */
export function readTraceparent({ traceparent }: IncomingHttpHeaders): string | undefined {
  return typeof traceparent === 'string' && traceparentForm.test(traceparent) ? traceparent : undefined;
}
