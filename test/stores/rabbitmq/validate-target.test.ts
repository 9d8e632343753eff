import { describe, expect, test } from 'vitest';
import {
  type ArgumentValue,
  readDeliveryLimit,
  type TargetFacts,
} from '../../../src/stores/rabbitmq/describe-target.ts';
import { validateTarget } from '../../../src/stores/rabbitmq/validate-target.ts';

const queue = { kind: 'queue', name: 'q' } as const;
const exchange = { kind: 'exchange', name: 'e' } as const;
const safe = { 'x-queue-type': 'quorum', 'x-delivery-limit': 1_000_000 };

function createTargetFacts(all: Readonly<Record<string, ArgumentValue>>, changes: object = {}): TargetFacts {
  const declared = new Map(Object.entries(all));
  return {
    ...{ state: 'described', durable: true, autoDelete: false, arguments: declared },
    deliveryLimit: readDeliveryLimit(declared, '4.0.5'),
    ...changes,
  };
}

describe('judgeTarget', () => {
  test.each([
    [queue, createTargetFacts(safe)],
    [queue, createTargetFacts({ ...safe, 'x-max-length': 10, 'x-overflow': 'reject-publish' })],
    [queue, createTargetFacts({ 'x-queue-type': 'quorum', 'x-dead-letter-exchange': 'e' })],
    [queue, createTargetFacts({ 'x-queue-type': 'quorum', 'x-delivery-limit': -1 })],
    [exchange, createTargetFacts({ type: 'topic' })],
  ])('finds nothing in %j', (target, facts) => {
    expect(validateTarget(target, facts)).toEqual({ verdict: 'ok', findings: [] });
  });

  test.each<[Record<string, ArgumentValue>, string]>([
    [{}, 'one disk'],
    [{ 'x-queue-type': 'classic' }, 'one disk'],
    [{ 'x-queue-type': 'stream' }, 'may not be on any disk'],
    [{ 'x-queue-type': 'quorum' }, 'a delivery limit of 20'],
    [{ ...safe, 'x-delivery-limit': 5 }, 'a delivery limit of 5'],
    [{ ...safe, 'x-max-length': 10 }, 'drops the oldest events'],
    [{ ...safe, 'x-max-length-bytes': 10, 'x-overflow': 'drop-head' }, 'drops the oldest events'],
    [{ ...safe, 'x-message-ttl': 10 }, 'drops events that are not consumed within 10 ms'],
    [{ ...safe, 'x-expires': 10 }, 'the queue is deleted with all its events'],
  ])('warns of a queue with %j', (all, part) => {
    const { verdict, findings } = validateTarget(queue, createTargetFacts(all));
    expect([verdict, findings.length]).toEqual(['warning', 1]);
    expect(findings[0]?.message).toContain(part);
  });

  test.each([
    [queue, { durable: false }, 'not durable'],
    [exchange, { durable: false }, 'not durable'],
    [queue, { autoDelete: true }, 'its last consumer'],
    [exchange, { autoDelete: true }, 'its last binding'],
  ])('warns of %j with %j', (target, changes, part) => {
    const { findings } = validateTarget(target, createTargetFacts(safe, changes));
    expect(findings.map(({ message }) => message)).toEqual([expect.stringContaining(part)]);
  });

  test('what is missing is an error, what is hidden a warning', () => {
    expect(validateTarget(queue, { state: 'missing' })).toMatchObject({ verdict: 'error', findings: [{}] });
    expect(validateTarget(exchange, { state: 'missing' }).findings[0]?.message).toContain(
      'bind queues to it',
    );
    const hidden = validateTarget(queue, { state: 'hidden', reason: 'no right' });
    expect(hidden).toMatchObject({
      verdict: 'warning',
      findings: [{ message: expect.stringContaining('no right') }],
    });
  });
});
