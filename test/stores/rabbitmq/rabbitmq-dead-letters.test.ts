import { expect, test } from 'vitest';
import { readBatches } from '../../../src/stores/rabbitmq/rabbitmq-dead-letters.ts';
import type { UnackedMessage, UnackedReader } from '../../../src/stores/rabbitmq/unacked-reader.ts';

/** Creates a reader whose reads return these numbers of messages, one after the other. */
function createHeld(total: number, counts: readonly number[], consumerCount = 0): UnackedReader {
  const left = [...counts];
  const message = { content: Buffer.from(''), properties: {} } as UnackedMessage;
  return {
    ...{ name: 'events', total, consumerCount },
    take: async () => Array.from({ length: left.shift() ?? 0 }, () => message),
    remove: async () => {},
    copy: async () => [],
    close: async () => {},
  };
}

async function read(held: UnackedReader) {
  const warnings: string[] = [];
  const places: string[][] = [];
  const observer = { onStart() {}, onProgress() {}, onWarning: (text: string) => void warnings.push(text) };
  for await (const messages of readBatches(held, observer)) {
    places.push(Array.from(messages.keys(), ({ place }) => place));
  }
  return { places, warnings };
}

test('a short batch is not the end of a queue', async () => {
  expect(await read(createHeld(5, [2, 1, 2]))).toEqual({
    places: [['events/0', 'events/1'], ['events/2'], ['events/3', 'events/4']],
    warnings: [],
  });
});

test('what the queue says that it has no more was taken by others, and is told', async () => {
  const { places, warnings } = await read(createHeld(9, [4, 2], 1));
  expect(places).toHaveLength(2);
  expect(warnings).toEqual([
    'events has 1 consumers. Messages that they have received are not read.',
    '3 of the 9 messages of events were not read: other consumers received them, or they expired.',
  ]);
});
