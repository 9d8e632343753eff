import { expect, test } from 'vitest';
import { MessageLimits } from '../../../src/stores/rabbitmq/publisher-connection.ts';

const address = { port: 5_672, isTls: false, virtualHost: '/', username: 'u', password: 'p' };
const [one, two] = [
  { ...address, host: 'one' },
  { ...address, host: 'two' },
];
const refusal = new Error('PRECONDITION_FAILED - message size 744 is larger than configured max size 614');

function setUp() {
  const time = { ms: 0 };
  return { time, limits: new MessageLimits({ now: () => time.ms, epochMs: () => time.ms }) };
}

test('a limit counts for the server that has refused, for ten seconds', () => {
  const { time, limits } = setUp();
  limits.learn(one, refusal);
  expect([limits.find(one), limits.find(two)]).toEqual([614, Number.POSITIVE_INFINITY]);
  time.ms = 10_000;
  expect(limits.find(one)).toBe(614);
  time.ms = 10_001;
  expect(limits.find(one)).toBe(Number.POSITIVE_INFINITY);
  // The learned limit is also dropped when a connection ends for another reason.
  limits.learn(one, refusal);
  limits.learn(one, new Error('Unexpected close'));
  expect(limits.find(one)).toBe(Number.POSITIVE_INFINITY);
});
