import { expect, onTestFinished, test, vi } from 'vitest';
import { holdQueue } from '../../../src/stores/rabbitmq/held-queue.ts';
import { createRabbitMqAccess } from '../../../src/stores/rabbitmq/rabbitmq-access.ts';
import { inVirtualTime } from '../../support/in-virtual-time.ts';
import { type Step, startAmqpServer } from '../../support/rabbitmq/amqp-server.ts';

const faults: Readonly<Record<string, (step: Step) => void>> = {
  'cuts the connection': ({ socket }) => socket.destroy(),
  'says nothing any more': () => {},
};

test.for(Object.entries(faults))(
  'holding a queue ends with a word when the server %s at any step',
  async ([, fault]) => {
    // Opening, the channel, the look at the queue, getting its only message, prefetch, consumer.
    const steps = Array.from({ length: 9 }, (_, index) => index);
    for (const index of steps) {
      await inVirtualTime(async () => {
        const { url } = await startAmqpServer({
          onStep: (step) => (step.index === index ? fault(step) : void step.socket.write(step.bytes)),
        });
        const access = createRabbitMqAccess({ url: { text: url }, allowPlaintext: false, tls: {} });
        const taking = holdQueue(access, 'q').then((held) => held.take(5));
        await expect(taking).rejects.toMatchObject({
          name: 'RabbitMqError',
          message: expect.stringMatching(/answer|connection|close|abruptly/i),
        });
      });
    }
  },
);

test('a copy that is never confirmed ends the wait, and is not taken for stored', async () => {
  const published = Promise.withResolvers<void>();
  const { url } = await startAmqpServer({
    onStep({ name, socket, bytes }) {
      if (name === 'BasicAck') {
        published.resolve();
      } else {
        socket.write(bytes);
      }
    },
  });
  const access = createRabbitMqAccess({ url: { text: url }, allowPlaintext: false, tls: {} });
  const held = await holdQueue(access, 'q');
  const message = { content: Buffer.from('a'), properties: {}, fields: {} };
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const copied = expect(held.copy([message as never])).rejects.toThrow('did not answer within 30000 ms');
  await published.promise;
  await vi.advanceTimersByTimeAsync(30_000);
  await copied;
});

test('a queue that gives nothing for a while is asked whether it has anything, and gives none only then', async () => {
  const asked: string[] = [];
  const { url } = await startAmqpServer({
    messageCount: 3,
    onStep({ name, socket, bytes }) {
      asked.push(name);
      socket.write(bytes);
    },
  });
  const access = createRabbitMqAccess({ url: { text: url }, allowPlaintext: false, tls: {} });
  const held = await holdQueue(access, 'q');
  onTestFinished(() => held.close());
  expect([held.total, asked.includes('BasicGetEmpty')]).toEqual([3, false]);
  expect(await held.take(3)).toEqual([]);
  expect(asked.slice(-2)).toEqual(['BasicCancelOk', 'BasicGetEmpty']);
});
