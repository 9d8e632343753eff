import { type Context, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { TracesConfig } from '../../config/traces-config.ts';
import type { Clock } from '../../runtime/clock.ts';
import { LogRateLimit } from '../../runtime/log-rate-limit.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { Delivery, Outcome } from '../../webhook/delivery.ts';
import type { DeliveryResponse } from '../../webhook/observers.ts';
import { openTracing, toParentContext, toTraceparent } from './open-tracing.ts';

export interface DeliveryTraces {
  /** Starts the span of a delivery, and replaces the trace context of the delivery by the context of this span. */
  begin(delivery: Delivery): void;
  end(outcome: Outcome, answer: DeliveryResponse): void;
  close(): Promise<void>;
}

export interface DeliveryTracesDeps {
  /** Kind of the store, which becomes the attribute `messaging.system`. A span has no such attribute for `journal`. */
  readonly storeKind: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Maximum spans per second for unverified deliveries, because any client can mark its requests as sampled. */
const maxUnverifiedSpansPerSecond = 10;

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
  const unverifiedSpanLimit = new LogRateLimit(clock, maxUnverifiedSpansPerSecond);

  /** Spans of the deliveries in flight. A span that is never ended is not exported. */
  const runningSpans = new WeakMap<Delivery, RunningSpan>();

  function startSpan(delivery: Delivery): void {
    const { traceparent, webhook, sender } = delivery;
    const parent = toParentContext({ traceparent, tracestate: sender.tracestate });
    const startedAt = clock.now();
    const epochOffsetMs = clock.epochMs() - startedAt;
    const attributes = {
      'http.request.method': 'POST',
      'http.route': webhook.path,
      'url.path': webhook.path,
      'url.scheme': sender.scheme,
      ...(sender.remoteAddress !== undefined && { 'network.peer.address': sender.remoteAddress }),
    };
    const options = { kind: SpanKind.SERVER, attributes, startTime: startedAt + epochOffsetMs };
    const span = tracer.startSpan(`POST ${webhook.path}`, options, parent);
    const context = trace.setSpan(parent, span);
    delivery.traceparent = toTraceparent(context);
    if (span.isRecording()) {
      runningSpans.set(delivery, { span, context, epochOffsetMs });
    }
  }

  function end(outcome: Outcome, answer: DeliveryResponse): void {
    const span = runningSpans.get(answer.delivery);
    if (span !== undefined && (outcome.secret !== undefined || unverifiedSpanLimit.take() !== undefined)) {
      const endTime = clock.now() + span.epochOffsetMs;
      endStoreSpan(span, outcome, endTime);
      endServerSpan(span, outcome, answer, endTime);
    }
  }

  function endStoreSpan({ context, epochOffsetMs }: RunningSpan, outcome: Outcome, endTime: number): void {
    const { code, appendStartedAt } = outcome;
    if (appendStartedAt !== undefined) {
      const storeSpan = describeStore(outcome, storeKind);
      const startTime = appendStartedAt + epochOffsetMs;
      const span = tracer.startSpan(storeSpan.name, { ...storeSpan, startTime }, context);
      if (code !== 'ok') {
        span.setStatus(toErrorStatus(code)).setAttribute('error.type', code);
      }
      span.end(endTime);
    }
  }

  return {
    begin: (delivery) => guard(() => startSpan(delivery), undefined),
    end: (outcome, answer) => guard(() => end(outcome, answer), undefined),
    close,
  };
}

interface RunningSpan {
  readonly span: Span;
  readonly context: Context;
  /** Offset from the clock's monotonic time to epoch milliseconds, the same for all spans of a delivery. */
  readonly epochOffsetMs: number;
}

function endServerSpan(
  { span }: RunningSpan,
  { code, bodyBytes, received, stored, spooled, deadLettered }: Outcome,
  { status, webhook }: DeliveryResponse,
  endTime: number,
): void {
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
    span.setStatus(toErrorStatus(code)).setAttribute('error.type', code);
  }
  span.end(endTime);
}

function toErrorStatus(message: string) {
  return { code: SpanStatusCode.ERROR, message };
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
