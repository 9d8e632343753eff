import { setImmediate } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { SinkError } from '../../../src/ports/sink.ts';
import { QueueSet } from '../../../src/stores/append/queue-set.ts';
import { createFakeStore } from '../../support/fake-store-lane.ts';
import { enqueue } from '../../support/queued-records.ts';

function setUp(count = 1) {
  const store = createFakeStore();
  const lane = store.openLane();
  onTestFinished(() => lane.close());
  const queues = Array.from({ length: count }, (_, partition) =>
    lane.openQueue({
      ...{ topic: 'events', partition, name: `events.${partition}` },
      onStop: () => {},
      onRecover: () => {},
    }),
  );
  const topics = new Map([['events', { queues }]]);
  return { store, queues, queueSet: new QueueSet({ topics, queueWord: 'queue', close: () => {} }) };
}

test('a topic that is not configured takes no record', () => {
  const { queueSet } = setUp();
  expect(() => queueSet.choose({ topic: 'other', key: 'k' }, Number.POSITIVE_INFINITY)).toThrow(
    'other is not among the configured topics.',
  );
});

test('records without a key go around the queues that take records, as long as there is one', () => {
  const { queues, queueSet } = setUp(3);
  const choose = () => queueSet.choose({ topic: 'events', key: null }, Number.POSITIVE_INFINITY).partition;
  expect([choose(), choose(), choose(), choose()]).toEqual([1, 2, 0, 1]);
  queues[1]?.block('full');
  queues[2]?.block('full');
  expect([choose(), choose()]).toEqual([0, 0]);
  queues[0]?.block('full');
  expect(choose).toThrow('A queue of events accepts no records.');
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
  expect(queueSet.depth()).toBe(3);
  givenUp.fail(new SinkError('sink_timeout', 'too late'));
  queueSet.purge();
  expect(queueSet.depth()).toBe(2);
  sent.resolve();
  await stored.promise;
  expect(queueSet.depth()).toBe(0);
});

const pairs = ['one', 'two'].map((name) => ({ events: name, deadLetter: `${name}.dead` }));

test.for([
  [[], true, ''],
  [['two'], true, 'nobody answers; two is gone'],
  [['two', 'two.dead'], true, 'nobody answers; two is gone; two.dead is gone'],
  [['one.dead'], true, 'nobody answers; one.dead is gone'],
  [['one', 'two.dead'], false, 'nobody answers; one is gone; two.dead is gone'],
] as const)('while %s is gone it is up: %s', ([gone, up, detail]) => {
  const names = pairs.flatMap(({ events, deadLetter }) => [events, deadLetter]);
  const isGone = (name: string) => gone.some((each) => each === name);
  // This test checks only the problem that each topic reports, so every topic has a usable queue.
  const takes = { isUsable: () => true } as never;
  const queueSet = new QueueSet({
    topics: new Map(
      names.map((name) => [
        name,
        { queues: [takes], problem: () => (isGone(name) ? `${name} is gone` : undefined) },
      ]),
    ),
    queueWord: 'partition',
    unreachable: () => 'nobody answers',
    close() {},
  });
  expect(queueSet.health(pairs)).toEqual({ up, detail });
  expect(queueSet.health([]).up).toBe(gone.length === 0);
});

test.for([
  [1, '1 of 3 partitions accept no records (partition 0): full'],
  [2, '2 of 3 partitions accept no records (partition 0 and others): full'],
  [3, 'no partition of events accepts records: full'],
] as const)('a topic of which %i queues reject writes says so', ([stopped, detail]) => {
  const queues = [0, 1, 2].map((partition) => ({
    ...{ partition, isUsable: () => partition >= stopped },
    ...(partition < stopped && { problem: 'full' }),
  }));
  const queueSet = new QueueSet({
    topics: new Map([['events', { queues: queues as never }]]),
    queueWord: 'partition',
    close() {},
  });
  expect(queueSet.statuses().map(({ problem }) => problem)).toEqual([detail]);
});
