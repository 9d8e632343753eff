import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { DeadlineWatch } from '../runtime/deadline-watch.ts';
import type { Admission } from '../webhook/admission-gate.ts';
import type { Delivery, Sender, Webhook } from '../webhook/delivery.ts';
import { signatureHeader } from '../webhook/verify-signature.ts';
import type { ArrivingBody } from './arriving-body.ts';
import type { EventLoopWatch } from './event-loop-watch.ts';
import { readBody } from './read-body.ts';
import { markAuthenticated } from './server/limit-connections.ts';

/** Limits on the time and the size of a request. */
export interface RequestLimits {
  readonly maxBodyBytes: number;
  /** Maximum time from the arrival of a request to its response. */
  readonly requestBudgetMs: number;
  readonly bodyTimeoutMs: number;
  readonly arriving: DeadlineWatch<ArrivingBody>;
  readonly loop: EventLoopWatch;
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
  readonly #request: IncomingMessage;
  readonly #limits: RequestLimits;

  constructor(webhook: Webhook, request: IncomingMessage, limits: RequestLimits) {
    const { headers } = request;
    const length = headers['content-length'];
    const signature = headers[signatureHeader];
    this.webhook = webhook;
    this.signature = typeof signature === 'string' ? signature : undefined;
    this.declaredBytes = length === undefined ? undefined : Number(length);
    this.contentEncoding = headers['content-encoding'];
    // Earliest time at which the provider's timeout of 10 s may have started.
    this.deadline = limits.loop.unreadSince + limits.requestBudgetMs;
    this.traceparent = readTraceparent(headers);
    this.#request = request;
    this.#limits = limits;
  }

  get sender(): Sender {
    const { socket, headers } = this.#request;
    return {
      remoteAddress: socket.remoteAddress,
      forwardedFor: headers['x-forwarded-for']?.toString().slice(0, maxForwardedForLength),
      tracestate: headers.tracestate?.toString(),
      scheme: 'encrypted' in socket ? 'https' : 'http',
    };
  }

  onVerified(): void {
    markAuthenticated(this.#request.socket);
  }

  readBody(admission: Admission): Promise<Buffer> {
    const { maxBodyBytes, requestBudgetMs, bodyTimeoutMs, arriving } = this.#limits;
    return readBody(this.#request, admission, {
      maxBodyBytes,
      endsAt: this.deadline - requestBudgetMs + bodyTimeoutMs,
      declaredBytes: this.declaredBytes,
      arriving,
    });
  }
}

/** Maximum length of a header that is logged, because a client can put any text into it. */
const maxForwardedForLength = 200;

const traceparentPattern = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/**
 * Returns the header `traceparent`, or `undefined` if it is invalid.
 *
 * @see https://www.w3.org/TR/trace-context/#traceparent-header
 */
export function readTraceparent({ traceparent }: IncomingHttpHeaders): string | undefined {
  return typeof traceparent === 'string' && traceparentPattern.test(traceparent) ? traceparent : undefined;
}
