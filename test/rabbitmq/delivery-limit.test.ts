import { expect, test } from 'vitest';
import { readDeliveryLimit } from '../../src/rabbitmq/delivery-limit.ts';
import type { ArgumentValue, TargetFacts } from '../../src/rabbitmq/target-facts.ts';

function described(all: Readonly<Record<string, ArgumentValue>>): TargetFacts {
  return { state: 'described', durable: true, autoDelete: false, arguments: new Map(Object.entries(all)) };
}

test.each<[TargetFacts, number]>([
  [described({ 'x-queue-type': 'quorum' }), 20],
  [described({ 'x-queue-type': 'quorum', 'x-delivery-limit': 1_000_000 }), 1_000_000],
  [described({ 'x-queue-type': 'quorum', 'x-delivery-limit': -1 }), -1],
  [described({ 'x-queue-type': 'classic' }), -1],
  [{ state: 'hidden', reason: 'no right' }, 20],
])('readDeliveryLimit of %j is %i', (facts, limit) => {
  expect(readDeliveryLimit(facts)).toBe(limit);
});
