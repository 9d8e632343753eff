import type { Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { parseRabbitMqUrls, type RabbitMqAddress } from '../../../src/config/rabbitmq-config.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { MessageLimits, PublisherConnection } from '../../../src/stores/rabbitmq/publisher-connection.ts';
import { startAmqpServer } from '../../support/rabbitmq/amqp-server.ts';

async function connect() {
  const sockets = new Set<Socket>();
  const { url } = await startAmqpServer({
    onStep({ socket, bytes }) {
      sockets.add(socket);
      socket.write(bytes);
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
    limits: new MessageLimits(systemClock),
    onBlock: () => {},
  });
  onTestFinished(() => connection.close());
  await connection.connect();
  return { connection, end: () => sockets.forEach((socket) => void socket.destroy()) };
}

test('who listens for the end hears of it once', async () => {
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
