import type { IncomingMessage } from 'node:http';
import { type Context, type Span, SpanKind, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api';
import type { TracesConfig } from '../../config/traces-config.ts';
import type { BegunTrace, DecidedDelivery } from '../../http/webhook-route.ts';
import type { Clock } from '../../runtime/clock.ts';
import { LogLimit } from '../../runtime/log-limit.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { Delivery, DeliveryTrace, Outcome } from '../../webhook/delivery.ts';
import { openTracing, toParentContext, toTraceparent } from './open-tracing.ts';

export interface DeliveryTraces {
  /** Starts the span of a delivery. @returns the context of this span, for the records of the delivery */
  begin(delivery: Delivery, request: IncomingMessage): BegunTrace;
  observe(outcome: Outcome, facts: DecidedDelivery): void;
  close(): Promise<void>;
}

export interface DeliveryTracesDeps {
  /** Kind of the store, as a value of `messaging.system`. `journal` is not a messaging system. */
  readonly storeKind: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Maximum spans per second for unverified deliveries, because any client can mark its requests as sampled. */
const unverifiedPerSecond = 10;

/**
 * Starts tracing of deliveries: a span for each sampled delivery, and a child span for the store, which is created when the
 * delivery has ended.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/http/http-spans/
 * @see https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/
 */
export function openDeliveryTraces(config: TracesConfig, deps: DeliveryTracesDeps): DeliveryTraces {
  const { storeKind, clock } = deps;
  const { tracer, guard, close } = openTracing(config, { ...deps, serviceName: 'comapi-webhook-receiver' });
  const unverified = new LogLimit(clock, unverifiedPerSecond);

  function begin({ traceparent, webhook }: Delivery, { socket, headers }: IncomingMessage): BegunTrace {
    const parent = toParentContext({ traceparent, tracestate: headers.tracestate?.toString() });
    const startedAt = clock.now();
    const epochOffsetMs = clock.epochMs() - startedAt;
    const attributes = {
      'http.request.method': 'POST',
      'http.route': webhook.path,
      'url.path': webhook.path,
      'url.scheme': 'encrypted' in socket ? 'https' : 'http',
      ...(socket.remoteAddress !== undefined && { 'network.peer.address': socket.remoteAddress }),
    };
    const options = { kind: SpanKind.SERVER, attributes, startTime: startedAt + epochOffsetMs };
    const span = tracer.startSpan(`POST ${webhook.path}`, options, parent);
    const context = trace.setSpan(parent, span);
    return {
      traceparent: toTraceparent(context),
      ...(span.isRecording() && {
        trace: new RunningTrace({ tracer, span, context, clock, epochOffsetMs }),
      }),
    };
  }

  function end(outcome: Outcome, facts: DecidedDelivery): void {
    const { trace: running } = facts.delivery;
    if (
      running instanceof RunningTrace &&
      (outcome.secret !== undefined || unverified.take() !== undefined)
    ) {
      running.end(outcome, facts, storeKind);
    }
  }

  return {
    begin: (delivery, request) => guard(() => begin(delivery, request), delivery),
    observe: (outcome, facts) => guard(() => end(outcome, facts), undefined),
    close,
  };
}

interface RunningTraceDeps {
  readonly tracer: Tracer;
  readonly span: Span;
  readonly context: Context;
  readonly clock: Clock;
  /** Offset from the clock's monotonic time to epoch milliseconds, the same for all spans of a delivery. */
  readonly epochOffsetMs: number;
}

/** A span that is never ended is not exported and does not keep memory in use. */
class RunningTrace implements DeliveryTrace {
  readonly #deps: RunningTraceDeps;
  #storeStartTime: number | undefined;

  constructor(deps: RunningTraceDeps) {
    this.#deps = deps;
  }

  beginStore(): void {
    this.#storeStartTime = this.#now();
  }

  end(outcome: Outcome, { status, webhook }: DecidedDelivery, storeKind: string): void {
    const { span, tracer, context } = this.#deps;
    const { code, bodyBytes, received, stored, spooled, deadLettered } = outcome;
    const endTime = this.#now();
    const failure = { code: SpanStatusCode.ERROR, message: code };
    if (this.#storeStartTime !== undefined) {
      const described = describeStore(outcome, storeKind);
      const child = tracer.startSpan(
        described.name,
        { ...described, startTime: this.#storeStartTime },
        context,
      );
      if (code !== 'ok') {
        child.setStatus(failure).setAttribute('error.type', code);
      }
      child.end(endTime);
    }
    span.setAttributes({
      'http.response.status_code': status,
      'http.request.body.size': bodyBytes,
      'comapi_webhook.name': webhook,
      'comapi_webhook.reason': code,
      'comapi_webhook.events.received': received,
      'comapi_webhook.events.stored': stored,
      ...(spooled > 0 && { 'comapi_webhook.events.spooled': spooled }),
      'comapi_webhook.events.dead_lettered': [...deadLettered.values()].reduce((sum, each) => sum + each, 0),
    });
    // A refusal with 4xx is an error of the client, so the span does not get an error status.
    if (status >= 500) {
      span.setStatus(failure).setAttribute('error.type', code);
    }
    span.end(endTime);
  }

  #now(): number {
    const { clock, epochOffsetMs } = this.#deps;
    return clock.now() + epochOffsetMs;
  }
}

function describeStore({ events = [], received }: Outcome, storeKind: string) {
  const operation = 'store';
  if (storeKind === 'journal') {
    return { name: operation, kind: SpanKind.INTERNAL };
  }
  const topics = new Set(events.map(({ topic }) => topic));
  const [topic] = topics.size === 1 ? topics : [];
  return {
    name: topic === undefined ? operation : `${operation} ${topic}`,
    kind: SpanKind.CLIENT,
    attributes: {
      'messaging.system': storeKind,
      'messaging.operation.name': operation,
      'messaging.operation.type': 'send',
      'messaging.batch.message_count': received,
      ...(topic !== undefined && { 'messaging.destination.name': topic }),
    },
  };
}
