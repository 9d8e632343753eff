import { expect, test } from 'vitest';
import { BrokerCircuits } from '../../../src/kafka/produce/broker-circuits.ts';
import { captureLog } from '../../support/captured-log.ts';
import { recordMetrics } from '../../support/kafka-sink.ts';

test('reports the worst state of the lanes to a broker, and each change once', () => {
  const metrics = recordMetrics();
  const { logger, lines } = captureLog();
  const circuits = new BrokerCircuits({ metrics, logger });
  circuits.update(1, ['closed', 'open']);
  circuits.update(1, ['half_open', 'open']);
  circuits.update(1, ['half_open', 'closed']);
  circuits.update(1, ['closed', 'closed']);
  circuits.update(2, ['closed']);
  expect(metrics.events).toEqual([
    ['circuitChanged', 1, 'open'],
    ['circuitChanged', 1, 'half_open'],
    ['circuitChanged', 1, 'closed'],
  ]);
  expect(lines.map(({ level, broker }) => [level, broker])).toEqual([
    ['error', 1],
    ['info', 1],
  ]);
  circuits.forget(1);
  circuits.update(1, ['closed']);
  expect(metrics.events.slice(3)).toEqual([['forgotten', 1]]);
});
