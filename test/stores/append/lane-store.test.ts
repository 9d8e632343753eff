import { expect, test } from 'vitest';
import { SinkError } from '../../../src/ports/sink.ts';
import { isWaitedFor } from '../../../src/stores/append/lane-store.ts';
import { createQueue, enqueue } from '../../support/queued-records.ts';

test('nobody waits for a record that is decided, or whose append was given up', () => {
  const queue = createQueue();
  const append = enqueue(queue, ['a', 'b']);
  const [a, b] = queue.take(2, 1000)?.entries ?? [];
  if (a === undefined || b === undefined) {
    throw new Error('the queue gave no records');
  }
  a.decided = true;
  expect([isWaitedFor(a), isWaitedFor(b)]).toEqual([false, true]);
  append.fail(new SinkError('sink_timeout', 'too late'));
  expect(isWaitedFor(b)).toBe(false);
});
