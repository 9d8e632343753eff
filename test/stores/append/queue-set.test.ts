import { setImmediate } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { SinkError } from '../../../src/ports/sink.ts';
import { QueueSet } from '../../../src/stores/append/queue-set.ts';
import { createFakeStore } from '../../support/fake-store-lane.ts';
import { enqueue } from '../../support/queued-records.ts';

function setUp() {
  const store = createFakeStore();
  const lane = store.openLane({ onChange: () => {} });
  onTestFinished(() => lane.close());
  const queue = lane.openQueue({
    ...{ topic: 'events', partition: 0, name: 'events.0' },
    onStop: () => {},
    onRecover: () => {},
  });
  const topics = new Map([['events', { queues: [queue] }]]);
  return { store, queueSet: new QueueSet({ topics, queueWord: 'queue', close: () => {} }) };
}

test('a topic that is not configured takes no record', () => {
  const { queueSet } = setUp();
  expect(() => queueSet.choose({ topic: 'other', key: 'k' }, Number.POSITIVE_INFINITY)).toThrow(
    'other is not among the configured topics.',
  );
});

test('a topic of one queue takes records without a key, too, as often as it is asked', () => {
  const { queueSet } = setUp();
  const queue = queueSet.choose({ topic: 'events', key: 'k' }, Number.POSITIVE_INFINITY);
  const chosen = [1, 2].map(() => queueSet.choose({ topic: 'events', key: null }, Number.POSITIVE_INFINITY));
  expect(chosen).toEqual([queue, queue]);
});

test('records are counted while they wait and while they are in flight, as long as someone waits for them', async () => {
  const { store, queueSet } = setUp();
  const sent = Promise.withResolvers<void>();
  const { onSend } = store;
  store.onSend = async (request) => {
    await sent.promise;
    return onSend(request);
  };
  const queue = queueSet.choose({ topic: 'events', key: 'k' }, Number.POSITIVE_INFINITY);
  const stored = enqueue(queue, ['a', 'b']);
  await setImmediate();
  await setImmediate();
  const givenUp = enqueue(queue, ['c']);
  expect(queue.inFlight?.entries).toHaveLength(2);
  expect(queueSet.depth()).toEqual({ records: 3, bytes: 300 });
  givenUp.fail(new SinkError('sink_timeout', 'too late'));
  queueSet.purge();
  expect(queueSet.depth()).toEqual({ records: 2, bytes: 200 });
  sent.resolve();
  await stored.promise;
  expect(queueSet.depth()).toEqual({ records: 0, bytes: 0 });
});
