import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { LaneConnection } from '../../src/append/lane-store.ts';
import { createProduceConnection } from '../../src/kafka/produce/produce-connection.ts';
import { defaultProduceSettings } from '../../src/kafka/produce/produce-settings.ts';
import { MessageLimits } from '../../src/rabbitmq/message-limits.ts';
import { PublisherConnection } from '../../src/rabbitmq/publisher-connection.ts';
import { createRabbitMqAccess } from '../../src/rabbitmq/rabbitmq-access.ts';
import { defaultRabbitMqSettings } from '../../src/rabbitmq/rabbitmq-sink.ts';
import { createRedisConnection, defaultRedisSettings } from '../../src/redis/redis-connection.ts';
import { systemClock as clock } from '../../src/runtime/clock.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import { createRedisConfig } from '../support/redis/redis-sink.ts';

function openKafka(port: number): LaneConnection {
  return createProduceConnection({
    address: { host: '127.0.0.1', port },
    connection: { brokers: [], clientId: 'test' },
    settings: defaultProduceSettings,
    logger: createLogger('silent'),
  });
}

function openRabbitMq(port: number): LaneConnection {
  const url = { text: `amqp://u:p@127.0.0.1:${port}` };
  const access = createRabbitMqAccess({ url, allowPlaintext: true, tls: {} });
  return new PublisherConnection({
    ...{ access, clock, settings: defaultRabbitMqSettings, limits: new MessageLimits(clock) },
    chooseAddress: () => access.addresses()[0] as ReturnType<typeof access.addresses>[number],
    target: { kind: 'queue', name: 'events' },
    onBlock: () => {},
  });
}

const openRedis = (port: number): LaneConnection =>
  createRedisConnection(createRedisConfig(`redis://127.0.0.1:${port}`), defaultRedisSettings);

/** A server of no protocol. */
async function listen(onSocket: (socket: Socket) => void): Promise<number> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    onSocket(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) {
      socket.destroy();
    }
  });
  return (server.address() as AddressInfo).port;
}

describe.each([
  ['Kafka', openKafka, defaultProduceSettings],
  ['RabbitMQ', openRabbitMq, defaultRabbitMqSettings],
  ['Redis', openRedis, defaultRedisSettings],
])('a connection of %s', (_name, open, { connectTimeoutMs, giveUpMs }) => {
  /** Connects, and tells how that ends and how long it took. */
  async function connect(connection: LaneConnection): Promise<number> {
    const startedAt = clock.now();
    const onEnd = vi.fn();
    connection.onEnd(onEnd);
    await expect(connection.connect()).rejects.toThrow();
    expect(connection.isOpen()).toBe(false);
    expect(onEnd.mock.calls.length).toBeLessThan(2);
    return clock.now() - startedAt;
  }

  test('gives a server that says nothing up by its own timeout, before its keeper does', async () => {
    const connection = open(await listen(() => {}));
    const tookMs = await connect(connection);
    expect(tookMs).toBeGreaterThan(connectTimeoutMs - 100);
    expect(tookMs).toBeLessThan(giveUpMs);
  });

  test.each([
    ['closes', (socket: Socket) => void socket.end()],
    ['cuts', (socket: Socket) => void socket.resetAndDestroy()],
    ['answers nonsense to', (socket: Socket) => void socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')],
  ])('fails when the server %s it', async (_what, treat) => {
    const connection = open(await listen(treat));
    expect(await connect(connection)).toBeLessThan(giveUpMs);
  });

  test('that is closed while it is made fails in time, and is not open', async () => {
    const port = await listen(() => connection.close());
    const connection = open(port);
    expect(await connect(connection)).toBeLessThan(giveUpMs);
  });

  test('that was closed before is not made', async () => {
    const connection = open(await listen(() => {}));
    connection.close();
    connection.close();
    expect(await connect(connection)).toBeLessThan(giveUpMs);
  });
});
