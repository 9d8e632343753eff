import { expect, onTestFinished, test, vi } from 'vitest';
import { createRabbitMqAccess } from '../../../src/stores/rabbitmq/rabbitmq-access.ts';
import { readQueueExclusively } from '../../../src/stores/rabbitmq/unacked-reader.ts';
import { inVirtualTime } from '../../support/in-virtual-time.ts';
import { encodeFrame, encodeMethod, encodePropertiesFrame } from '../../support/rabbitmq/amqp-frames.ts';
import { type Step, startAmqpServer } from '../../support/rabbitmq/amqp-server.ts';

const hold = (url: string) =>
  readQueueExclusively(createRabbitMqAccess({ url: { text: url }, allowPlaintext: false, tls: {} }), 'q');

const faults: Readonly<Record<string, (step: Step) => void>> = {
  'cuts the connection': ({ socket }) => socket.destroy(),
  'says nothing any more': () => {},
};

test.for(Object.entries(faults))(
  'holding a queue ends with a word when the server %s at any step',
  async ([, fault]) => {
    // The server responds in this order: it opens the connection and the channel, declares the queue, returns its only
    // message, sets the prefetch count, and starts the consumer.
    const steps = Array.from({ length: 9 }, (_, index) => index);
    for (const index of steps) {
      await inVirtualTime(async () => {
        const { url } = await startAmqpServer({
          onStep: (step) => (step.index === index ? fault(step) : void step.socket.write(step.bytes)),
        });
        const taking = hold(url).then((held) => held.take(5));
        await expect(taking).rejects.toMatchObject({
          name: 'RabbitMqError',
          message: expect.stringMatching(/respond|connection|close|abruptly/i),
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
  const held = await hold(url);
  const message = { content: Buffer.from('a'), properties: {}, fields: {} };
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const copied = expect(held.copy([message as never])).rejects.toThrow('did not respond within 30000 ms');
  await published.promise;
  await vi.advanceTimersByTimeAsync(30_000);
  await copied;
});

test.each([
  { messageId: 'm', contentType: 'text/plain', timestamp: 1_700_000_000 },
  { messageId: undefined, contentType: undefined, timestamp: undefined },
])('a copy has the properties of its message, without the counts of the server: %j', async (properties) => {
  const published: unknown[] = [];
  const { url } = await startAmqpServer({
    onPublish(fields, found) {
      published.push({ ...fields, ...found });
      return 'ack';
    },
  });
  const reader = await hold(url);
  onTestFinished(() => reader.close());
  const headers = { ce_id: 'e', 'x-delivery-count': 3, 'x-acquired-count': 4 };
  const message = { content: Buffer.from('a'), properties: { ...properties, headers }, fields: {} };
  expect(await reader.copy([message as never])).toEqual([message]);
  expect(published).toEqual([
    expect.objectContaining({
      ...{ exchange: '', routingKey: 'q', mandatory: true, deliveryMode: 2, correlationId: '0' },
      ...{ ...properties, headers: { ce_id: 'e' } },
    }),
  ]);
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
  const held = await hold(url);
  onTestFinished(() => held.close());
  expect([held.total, asked.includes('BasicGetEmpty')]).toEqual([3, false]);
  expect(await held.take(3)).toEqual([]);
  expect(asked.slice(-2)).toEqual(['BasicCancelOk', 'BasicGetEmpty']);
  asked.length = 0;
  await held.remove([]);
  const consumer = ['BasicConsumeOk', 'BasicCancelOk'];
  expect(asked).toEqual(['BasicQosOk', ...consumer, ...consumer]);
});

test('what was got before is taken first, and behind it as many as are wanted', () =>
  inVirtualTime(async () => {
    const encode = (name: string, channel: number, deliveryTag: number) => {
      const fields = { consumerTag: 'c', deliveryTag, redelivered: false, exchange: '', routingKey: 'q' };
      return Buffer.concat([
        encodeMethod(name, channel, { ...fields, messageCount: 0 }),
        encodePropertiesFrame(channel, 1, {}),
        encodeFrame(3, channel, Buffer.from(String(deliveryTag))),
      ]);
    };
    const { url } = await startAmqpServer({
      onStep({ name, channel, socket, bytes }) {
        socket.write(name === 'BasicGetEmpty' ? encode('BasicGetOk', channel, 1) : bytes);
        if (name === 'BasicConsumeOk') {
          socket.write(encode('BasicDeliver', channel, 2));
          setTimeout(() => socket.write(encode('BasicDeliver', channel, 3)), 100);
        }
      },
    });
    const held = await hold(url);
    expect((await held.take(3)).map(({ content }) => String(content))).toEqual(['1', '2', '3']);
    await held.close();
  }));
