import { type SpanContext, SpanKind, TraceFlags, trace } from '@opentelemetry/api';
import type { TracesConfig } from '../../config/traces-config.ts';
import type { PartitionObserver } from '../../filter/filter.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import { openTracing, toParentContext } from './open-tracing.ts';

export interface FilterTraces {
  readonly committed: PartitionObserver['committed'];
  close(): Promise<void>;
}

export interface FilterTracesDeps {
  readonly topic: string;
  readonly groupId: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Maximum spans per batch. With a backlog, a batch has thousands of records. */
const maxSpans = 128;

/**
 * Starts tracing of the filter: a span for each record whose delivery was sampled, in the trace of that delivery. Each
 * span shows the outcome of the event, and how long the filter took to process, write and commit the batch.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/
 */
export function openFilterTraces(config: TracesConfig, deps: FilterTracesDeps): FilterTraces {
  const { topic, groupId, clock } = deps;
  const { tracer, guard, close } = openTracing(config, { ...deps, serviceName: 'comapi-webhook-filter' });
  const commonAttributes = {
    'messaging.system': 'kafka',
    'messaging.operation.name': 'filter',
    'messaging.operation.type': 'process',
    'messaging.destination.name': topic,
    'messaging.consumer.group.name': groupId,
  };

  function traceBatch({ partition, seconds, outcomes, header }: CommittedTransaction): void {
    const endTime = clock.epochMs();
    const startTime = endTime - seconds * 1_000;
    let spans = 0;
    for (let index = 0; index < outcomes.length && spans < maxSpans; index += 1) {
      const parent = toParentContext({ traceparent: header(index, 'traceparent') });
      const context = trace.getSpanContext(parent);
      if (context === undefined || !isSampled(context)) {
        continue;
      }
      const attributes = {
        ...commonAttributes,
        'messaging.destination.partition.id': String(partition),
        'comapi_webhook.filter.outcome': outcomes[index],
      };
      const options = { kind: SpanKind.CONSUMER, attributes, links: [{ context }], startTime };
      tracer.startSpan(`filter ${topic}`, options, parent).end(endTime);
      spans += 1;
    }
  }

  return { committed: (facts) => guard(() => traceBatch(facts), undefined), close };
}

type CommittedTransaction = Parameters<PartitionObserver['committed']>[0];

const isSampled = ({ traceFlags }: SpanContext) => (traceFlags & TraceFlags.SAMPLED) !== 0;
