import { expect, test } from 'vitest';
import { startWorld } from '../world/world.ts';
import { createQueue } from './queue.ts';

type Asked = Parameters<ReturnType<typeof createQueue>['enqueue']>[0];

const durable = { durable: true, autoDelete: false, arguments: {} };

function enqueue(queue: ReturnType<typeof createQueue>, routingKey: string, told: Partial<Asked>): void {
  const message = { exchange: '', routingKey, isMandatory: true, properties: {}, frames: [] };
  queue.enqueue({
    message: { ...message, content: Buffer.alloc(0) },
    ...{ onStored: () => undefined, onRefused: () => undefined, isLost: () => false },
    ...told,
  });
}

test.each([1, 2, 3, 4, 5, 6, 7, 8])(
  'a crash keeps the first of what waited for the disk, and tells nobody of them (seed %i)',
  async (seed) => {
    using world = startWorld(seed);
    const queue = createQueue('q', durable, world);
    const told: string[] = [];
    let isLost = false;
    const send = (key: string) => {
      const tell = () => told.push(key);
      enqueue(queue, key, { onStored: tell, onRefused: tell, isLost: () => isLost });
    };
    send('a');
    await world.runFor(10);
    expect(told).toEqual(['a']);

    for (const key of ['b', 'c', 'd']) {
      send(key);
    }
    isLost = true;
    queue.crash();
    await world.runFor(10);

    const stored = queue.messages.map(({ routingKey }) => routingKey);
    expect(stored).toEqual(['a', 'b', 'c', 'd'].slice(0, stored.length));
    expect(stored.length).toBeGreaterThan(0);
    expect(told).toEqual(['a']);
  },
);

test('without a majority nothing is stored until there is one, and then all of it in its order', async () => {
  using world = startWorld(1);
  const queue = createQueue('q', durable, world);
  const told: string[] = [];
  queue.setState('without_majority');
  for (const key of ['a', 'b']) {
    enqueue(queue, key, { onStored: () => told.push(key) });
  }
  await world.runFor(60_000);
  expect(told).toEqual([]);
  queue.setState('up');
  await world.runFor(10);
  expect(told).toEqual(['a', 'b']);
});

test('one that is nearly full refuses some of what comes at once, and stores the others in order', async () => {
  using world = startWorld(1);
  const queue = createQueue('q', durable, world);
  queue.refusedShare = 0.5;
  const [stored, refused]: [string[], string[]] = [[], []];
  const keys = 'abcdefghij'.split('');
  for (const key of keys) {
    enqueue(queue, key, { onStored: () => stored.push(key), onRefused: () => refused.push(key) });
  }
  await world.runFor(10);
  expect(stored.length * refused.length).toBeGreaterThan(0);
  expect([...stored, ...refused].toSorted()).toEqual(keys);
  expect(queue.messages.map(({ routingKey }) => routingKey)).toEqual(stored);
  expect(stored).toEqual(stored.toSorted());
});
