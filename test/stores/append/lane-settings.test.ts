import { expect, test } from 'vitest';
import { defaultProduceSettings } from '../../../src/stores/kafka/produce/kafka-sink.ts';
import { defaultRabbitMqSettings } from '../../../src/stores/rabbitmq/rabbitmq-sink.ts';
import { defaultRedisSettings } from '../../../src/stores/redis/redis-connection.ts';

/** Maximum value of `REQUEST_BUDGET_MS`. */
const maxRequestBudgetMs = 9_500;

const { connectTimeoutMs, requestTimeoutMs } = defaultProduceSettings;

// A RabbitMQ lane opens a connection, checks its target, waits for confirms, and then checks its target again. A Redis
// lane connects, and then checks the server.
test.each([
  ['Kafka', defaultProduceSettings, [connectTimeoutMs, requestTimeoutMs]],
  [
    'RabbitMQ',
    defaultRabbitMqSettings,
    [2 * defaultRabbitMqSettings.connectTimeoutMs, 2 * defaultRabbitMqSettings.confirmTimeoutMs],
  ],
  [
    'Redis',
    defaultRedisSettings,
    [defaultRedisSettings.connectTimeoutMs + defaultRedisSettings.requestTimeoutMs],
  ],
])(
  'a lane to %s gives up after its own timeouts, and after every append that waits',
  (_name, settings, own) => {
    expect(settings.giveUpMs).toBeGreaterThan(Math.max(maxRequestBudgetMs, ...own));
  },
);
