import { expect, test } from 'vitest';
import { startWorld } from '../world/world.ts';
import type { Message } from './message.ts';
import { createQueue } from './queue.ts';

const durable = { durable: true, autoDelete: false, arguments: {} };

function message(routingKey: string): Message {
  return {
    exchange: '',
    routingKey,
    isMandatory: true,
    properties: {},
    content: Buffer.alloc(0),
    frames: [],
  };
}

test.each([1, 2, 3, 4, 5, 6, 7, 8])(
  'a crash keeps the first of what waited for the disk, and tells nobody of them (seed %i)',
  async (seed) => {
    using world = startWorld(seed);
    const queue = createQueue('q', durable, world);
    const told: string[] = [];
    let isLost = false;
    const enqueue = (key: string) =>
      queue.enqueue({
        message: message(key),
        onStored: () => told.push(key),
        onRefused: () => told.push(key),
        isLost: () => isLost,
      });
    enqueue('a');
    await world.runFor(10);
    expect(told).toEqual(['a']);

    for (const key of ['b', 'c', 'd']) {
      enqueue(key);
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
    queue.enqueue({
      message: message(key),
      onStored: () => told.push(key),
      onRefused: () => undefined,
      isLost: () => false,
    });
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
    queue.enqueue({
      message: message(key),
      onStored: () => stored.push(key),
      onRefused: () => refused.push(key),
      isLost: () => false,
    });
  }
  await world.runFor(10);
  expect(stored.length * refused.length).toBeGreaterThan(0);
  expect([...stored, ...refused].toSorted()).toEqual(keys);
  expect(queue.messages.map(({ routingKey }) => routingKey)).toEqual(stored);
  expect(stored).toEqual(stored.toSorted());
});
