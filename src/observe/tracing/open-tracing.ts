import { hostname } from 'node:os';
import {
  type Context,
  DiagLogLevel,
  defaultTextMapGetter,
  defaultTextMapSetter,
  diag,
  ROOT_CONTEXT,
  type Tracer,
} from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import {
  defaultResource,
  detectResources,
  resourceAttributesEnvDetector,
  resourceFromAttributes,
  serviceNameEnvDetector,
} from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  type Sampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { TracesConfig } from '../../config/traces-config.ts';
import type { Clock } from '../../runtime/clock.ts';
import { describeError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import { version } from '../../runtime/version.ts';
import { withDeadline } from '../../runtime/with-deadline.ts';

export interface TracingDeps {
  /** Default service name. */
  readonly serviceName: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface Tracing {
  readonly tracer: Tracer;
  /** Returns the result of `work`, or `otherwise` if it throws, so that tracing never affects the traced work. */
  guard<T>(work: () => T, otherwise: T): T;
  /** Exports pending spans within two seconds. The promise never rejects. */
  close(): Promise<void>;
}

const spanFlushIntervalMs = 2_000;

/** Minimum time between two warnings, for example about an unavailable collector. */
const warningIntervalMs = 60_000;
const maxWarningLength = 500;

/**
 * Starts tracing. Only OpenTelemetry's logger is registered globally. The tracer is not, so that no other code in this
 * process creates spans.
 */
export function openTracing(config: TracesConfig, { serviceName, clock, logger }: TracingDeps): Tracing {
  const warn = createRateLimitedWarning(clock, logger);
  const doNothing = () => {};
  diag.setLogger(
    { error: warn, warn, info: doNothing, debug: doNothing, verbose: doNothing },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
  // OpenTelemetry reports export failures through `diag`, like all its other messages.
  const exporter = new OTLPTraceExporter({ url: config.url });
  const own = { 'service.name': serviceName, 'service.version': version, 'host.name': hostname() };
  const provider = new TracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes(own))
      .merge(detectResources({ detectors: [resourceAttributesEnvDetector, serviceNameEnvDetector] })),
    sampler: createSampler(config),
    spanProcessors: [new BatchSpanProcessor({ exporter })],
  });
  return {
    tracer: provider.getTracer('comapi-webhook', version),
    guard(work, otherwise) {
      try {
        return work();
      } catch (error) {
        warn(describeError(error));
        return otherwise;
      }
    },
    async close() {
      const createTimeoutError = () =>
        new Error(`the collector has not accepted the last spans within ${spanFlushIntervalMs} ms`);
      try {
        await withDeadline(provider.shutdown(), spanFlushIntervalMs, createTimeoutError);
      } catch (err) {
        logger.warn({ err }, 'the last spans are lost');
      }
    },
  };
}

/** Each message of the SDK consists of a text followed by details. */
function createRateLimitedWarning(clock: Clock, logger: Logger) {
  let warningsMutedUntil = Number.NEGATIVE_INFINITY;
  let suppressedWarnings = 0;
  return (...parts: readonly unknown[]): void => {
    if (clock.now() < warningsMutedUntil) {
      suppressedWarnings += 1;
      return;
    }
    const detail = parts.filter((part) => typeof part === 'string').join(': ');
    logger.warn(
      { detail: detail.slice(0, maxWarningLength), suppressed: suppressedWarnings },
      'tracing failed: spans may be lost, but all other functions continue to work',
    );
    warningsMutedUntil = clock.now() + warningIntervalMs;
    suppressedWarnings = 0;
  };
}

function createSampler({ sampler, ratio }: TracesConfig): Sampler {
  const root = sampler.endsWith('always_on')
    ? new AlwaysOnSampler()
    : sampler.endsWith('always_off')
      ? new AlwaysOffSampler()
      : new TraceIdRatioBasedSampler(ratio);
  return sampler.startsWith('parentbased_') ? new ParentBasedSampler({ root }) : root;
}

const propagator = new W3CTraceContextPropagator();

interface TraceHeaders {
  readonly traceparent?: string | undefined;
  readonly tracestate?: string | undefined;
}

/** Returns the context of the span in the headers, or the root context if the headers do not contain a span. */
export function toParentContext(headers: TraceHeaders): Context {
  return propagator.extract(ROOT_CONTEXT, headers, defaultTextMapGetter);
}

/** Returns the header `traceparent` for the span of a context. */
export function toTraceparent(context: Context): string | undefined {
  const headers: Record<string, string> = {};
  propagator.inject(context, headers, defaultTextMapSetter);
  return headers.traceparent;
}
