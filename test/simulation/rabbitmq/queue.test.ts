import { expect, test } from 'vitest';
import { startWorld } from '../world/world.ts';
import { createQueue } from './queue.ts';

test('a queue that is missing stays so when a majority that it had lost meanwhile is back', () => {
  using world = startWorld(1);
  const queue = createQueue('events', { durable: true, autoDelete: false, arguments: {} }, world);
  queue.isMissing = true;
  queue.hasMajority = false;
  queue.hasMajority = true;
  expect(queue.state()).toBe('missing');
  queue.isMissing = false;
  expect(queue.state()).toBe('up');
});
