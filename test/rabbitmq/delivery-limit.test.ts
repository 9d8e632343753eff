import { expect, test } from 'vitest';
import { readDeliveryLimit } from '../../src/rabbitmq/delivery-limit.ts';
import type { ArgumentValue } from '../../src/rabbitmq/target-facts.ts';

test.each<[Record<string, ArgumentValue>, string, number | undefined]>([
  [{ 'x-queue-type': 'quorum' }, '4.0.5', 20],
  [{ 'x-queue-type': 'quorum' }, '4.2.0', 20],
  [{ 'x-queue-type': 'quorum' }, '10.0.0', 20],
  [{ 'x-queue-type': 'quorum' }, 'of an unknown version', 20],
  [{ 'x-queue-type': 'quorum' }, '3.13.7', undefined],
  [{ 'x-queue-type': 'quorum', 'x-delivery-limit': 5 }, '3.13.7', 5],
  [{ 'x-queue-type': 'quorum', 'x-delivery-limit': 1_000_000 }, '4.0.5', 1_000_000],
  [{ 'x-queue-type': 'quorum', 'x-delivery-limit': -1 }, '4.0.5', undefined],
  [{ 'x-queue-type': 'classic' }, '4.0.5', undefined],
])('the delivery limit of %j on RabbitMQ %s is %s', (declared, version, limit) => {
  expect(readDeliveryLimit(new Map(Object.entries(declared)), version)).toBe(limit);
});
