import { expect, test } from 'vitest';
import { readBatches, warnOfConsumers } from '../../../src/stores/rabbitmq/rabbitmq-dead-letters.ts';
import type { UnackedMessage, UnackedReader } from '../../../src/stores/rabbitmq/unacked-reader.ts';

/** A queue that returns this number of messages on each read. */
function createHeld(total: number, counts: readonly number[]): UnackedReader {
  const left = [...counts];
  return {
    ...{ name: 'events', total, consumerCount: 0 },
    take: async () => Array.from({ length: left.shift() ?? 0 }, () => ({}) as UnackedMessage),
    remove: async () => {},
    copy: async () => [],
    close: async () => {},
  };
}

async function read(held: UnackedReader) {
  const gone: string[] = [];
  const batches: number[][] = [];
  for await (const { first, messages } of readBatches(held, (text) => gone.push(text))) {
    batches.push([first, messages.length]);
  }
  return { batches, gone };
}

test('a short batch is not the end of a queue', async () => {
  expect(await read(createHeld(9, [4, 1, 3, 1]))).toEqual({
    batches: [
      [0, 4],
      [4, 1],
      [5, 3],
      [8, 1],
    ],
    gone: [],
  });
});

test('what the queue says that it has no more was taken by others, and is told', async () => {
  const { batches, gone } = await read(createHeld(9, [4, 2]));
  expect(batches).toHaveLength(2);
  expect(gone).toEqual([
    '3 of the 9 messages of events were not read: other consumers received them, or they expired.',
  ]);
});

test.each([
  [0, []],
  [1, ['events has 1 consumers. Messages that they have received are not read.']],
])('a queue with %i consumers is told of: %j', (consumerCount, expected) => {
  const warnings: string[] = [];
  const onWarning = (text: string) => warnings.push(text);
  warnOfConsumers(
    { ...createHeld(9, []), consumerCount },
    { onStart: () => {}, onProgress: () => {}, onWarning },
  );
  expect(warnings).toEqual(expected);
});
