import type { Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { parseRabbitMqUrls, type RabbitMqAddress } from '../../../src/config/rabbitmq-config.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { PublisherConnection } from '../../../src/stores/rabbitmq/publisher-connection.ts';
import { createRecord } from '../../support/kafka-sink.ts';
import { encodeMethod } from '../../support/rabbitmq/amqp-frames.ts';
import { type AmqpServerOptions, type Step, startAmqpServer } from '../../support/rabbitmq/amqp-server.ts';

const answer = ({ socket, bytes }: Step) => void socket.write(bytes);

async function connect({ onStep = answer, ...options }: AmqpServerOptions = {}) {
  const sockets = new Set<Socket>();
  const { url } = await startAmqpServer({
    ...options,
    onStep(step) {
      sockets.add(step.socket);
      onStep(step);
    },
  });
  const [address] = parseRabbitMqUrls(url) as readonly RabbitMqAddress[];
  const connection = new PublisherConnection({
    chooseServer: async () => ({ address: address as RabbitMqAddress, tls: undefined }),
    target: { kind: 'queue', name: 'q' },
    settings: {
      connectTimeoutMs: 20_000,
      answerTimeoutMs: 20_000,
      heartbeatSeconds: 10,
      confirmTimeoutMs: 20_000,
    },
    clock: systemClock,
    onBlock: () => {},
  });
  onTestFinished(() => connection.close());
  await connection.connect();
  return { connection, end: () => sockets.forEach((socket) => void socket.destroy()) };
}

test('who listens for the end is notified of it once', async () => {
  const { connection, end } = await connect();
  let heard = 0;
  connection.onEnd(() => {
    heard += 1;
  });
  expect([connection.isOpen(), heard]).toEqual([true, 0]);
  end();
  await expect.poll(() => heard).toBe(1);
  connection.close();
  expect([connection.isOpen(), heard]).toEqual([false, 1]);
});

test('a queue is looked for behind a refusal only, and one that is gone ends the connection', async () => {
  let fate: 'ack' | 'nack' = 'ack';
  let looks = 0;
  const notFound = { replyCode: 404, replyText: 'NOT_FOUND', classId: 50, methodId: 10 };
  const { connection } = await connect({
    onPublish: () => fate,
    onStep(step) {
      const isLook = step.name === 'QueueDeclareOk';
      looks += isLook ? 1 : 0;
      const isGone = isLook && fate === 'nack';
      answer(isGone ? { ...step, bytes: encodeMethod('ChannelClose', step.channel, notFound) } : step);
    },
  });
  const records = [createRecord('q', 'a')];
  expect([await connection.publish(records), looks]).toEqual([
    { outcomes: ['stored'], failure: undefined },
    1,
  ]);
  fate = 'nack';
  const { outcomes, failure } = await connection.publish(records);
  expect([outcomes, failure?.message, looks]).toEqual([
    ['nacked'],
    expect.stringContaining('does not exist'),
    2,
  ]);
});
