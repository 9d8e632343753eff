import { Registry } from 'prom-client';
import { onTestFinished } from 'vitest';
import type { RabbitMqConfig } from '../../../src/config/rabbitmq-config.ts';
import type { StoreUrlSource } from '../../../src/config/url-store-config.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { createRabbitMqMetrics } from '../../../src/stores/rabbitmq/classify-result.ts';
import type { PublishTarget } from '../../../src/stores/rabbitmq/publish-target.ts';
import { createRabbitMqAccess } from '../../../src/stores/rabbitmq/rabbitmq-access.ts';
import {
  createRabbitMqSink,
  defaultRabbitMqSettings,
  type RabbitMqSettings,
} from '../../../src/stores/rabbitmq/rabbitmq-sink.ts';
import { captureLog } from '../captured-log.ts';

interface TestSinkOptions {
  readonly url: string | StoreUrlSource;
  /** Queues of the sink. A single name means a queue with this name. */
  readonly topics: readonly (string | readonly [topic: string, targets: readonly PublishTarget[]])[];
  readonly settings?: Partial<RabbitMqSettings>;
  readonly tls?: RabbitMqConfig['tls'];
}

/** Creates a sink with separate metrics and a separate log. The sink is closed when the test ends. */
export function createTestSink({ url, topics, settings, tls = {} }: TestSinkOptions) {
  const registry = new Registry();
  const log = captureLog();
  const sink = createRabbitMqSink({
    pairs: [],
    access: createRabbitMqAccess({
      url: typeof url === 'string' ? { text: url } : url,
      allowPlaintext: true,
      tls,
    }),
    targets: new Map(
      topics.map((each) =>
        typeof each === 'string' ? [each, [{ kind: 'queue', name: each }]] : [each[0], each[1]],
      ),
    ),
    settings: { ...defaultRabbitMqSettings, ...settings },
    metrics: createRabbitMqMetrics(registry),
    clock: systemClock,
    logger: log.logger,
  });
  onTestFinished(() => sink.close());
  return {
    sink,
    log,
    /** Returns the value of a metric with these labels, or 0 if the metric has no such value. */
    async metric(name: string, labels: Readonly<Record<string, string>> = {}) {
      const found = await registry.getSingleMetric(`comapi_webhook_store_${name}`)?.get();
      const values = (found?.values ?? []).filter((each) =>
        Object.entries(labels).every(
          ([label, value]) => (each.labels as Record<string, unknown>)[label] === value,
        ),
      );
      return values.reduce((sum, each) => sum + each.value, 0);
    },
  };
}

export async function startTestSink(options: TestSinkOptions) {
  const test = createTestSink(options);
  await test.sink.start();
  return test;
}
