import { writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { systemClock as clock } from '../../../src/runtime/clock.ts';
import { createLogger } from '../../../src/runtime/logger.ts';
import type { LaneConnection } from '../../../src/stores/append/lane-store.ts';
import { createProduceConnection } from '../../../src/stores/kafka/produce/broker-lane.ts';
import { defaultProduceSettings } from '../../../src/stores/kafka/produce/kafka-sink.ts';
import { PublisherConnection } from '../../../src/stores/rabbitmq/publisher-connection.ts';
import { createRabbitMqAccess, type RabbitMqServer } from '../../../src/stores/rabbitmq/rabbitmq-access.ts';
import { defaultRabbitMqSettings } from '../../../src/stores/rabbitmq/rabbitmq-sink.ts';
import { createRedisConnection, defaultRedisSettings } from '../../../src/stores/redis/redis-connection.ts';
import { holdFiles } from '../../support/disk/hold-files.ts';
import { inVirtualTime } from '../../support/in-virtual-time.ts';
import { createRedisConfig } from '../../support/redis/redis-sink.ts';
import { startSocketServer } from '../../support/start-socket-server.ts';
import { temporaryDirectory } from '../../support/test-receiver.ts';

/** Opens a connection to the server on this port. If a file is given, the connection reads it before it connects. */
type Open = (port: number, file?: string) => LaneConnection;

const openKafka: Open = (port, passwordFile) => {
  const sasl = passwordFile && ({ mechanism: 'plain', username: 'u', passwordFile } as const);
  return createProduceConnection({
    address: { host: '127.0.0.1', port },
    connection: { brokers: [], ...(sasl && { sasl }) },
    settings: defaultProduceSettings,
    compressor: undefined,
    sampleAnswer: undefined,
    logger: createLogger('silent'),
  });
};

const openRabbitMq: Open = (port, file) => {
  const url = file === undefined ? { text: `amqp://u:p@127.0.0.1:${port}` } : { file };
  const access = createRabbitMqAccess({ url, allowPlaintext: true, tls: {} });
  return new PublisherConnection({
    ...{ clock, settings: defaultRabbitMqSettings },
    async chooseServer() {
      const [server] = await access.readServers(defaultRabbitMqSettings.connectTimeoutMs);
      return server as RabbitMqServer;
    },
    target: { kind: 'queue', name: 'events' },
    onBlock: () => {},
  });
};

const openRedis: Open = (port, file) => {
  const config = createRedisConfig(`redis://127.0.0.1:${port}`, file === undefined ? {} : { url: { file } });
  return createRedisConnection(config, defaultRedisSettings);
};

const describeFailure = (error: Error & { readonly reason?: string; readonly kind?: string }) =>
  `${error.reason ?? error.kind}: ${error.message}`;

describe.each([
  ['Kafka', () => 'p', openKafka, defaultProduceSettings],
  ['RabbitMQ', (port: number) => `amqp://u:p@127.0.0.1:${port}`, openRabbitMq, defaultRabbitMqSettings],
  ['Redis', (port: number) => `redis://127.0.0.1:${port}`, openRedis, defaultRedisSettings],
])('a connection of %s', (_name, toCredentials, open, { connectTimeoutMs, giveUpMs }) => {
  /** Connects, and returns the result and its duration. */
  async function connect(connection: LaneConnection): Promise<number> {
    const startedAt = clock.now();
    const onEnd = vi.fn();
    connection.onEnd(onEnd);
    await expect(connection.connect()).rejects.toThrow();
    expect(connection.isOpen()).toBe(false);
    expect(onEnd.mock.calls.length).toBeLessThan(2);
    return clock.now() - startedAt;
  }

  test('gives a server that says nothing up by its own timeout, before its keeper does', () =>
    inVirtualTime(async () => {
      const connection = open(await startSocketServer(() => {}));
      const tookMs = await connect(connection);
      expect(tookMs).toBeGreaterThan(connectTimeoutMs - 100);
      expect(tookMs).toBeLessThan(giveUpMs);
    }));

  test.each([
    ['closes', (socket: Socket) => void socket.end()],
    ['cuts', (socket: Socket) => void socket.resetAndDestroy()],
    ['answers nonsense to', (socket: Socket) => void socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')],
  ])('fails when the server %s it', async (_what, treat) => {
    const connection = open(await startSocketServer(treat));
    expect(await connect(connection)).toBeLessThan(giveUpMs);
  });

  test('whose file cannot be read to its end is given up by its own timeout, and the next one has it', async () => {
    const room = temporaryDirectory();
    const file = join(room, 'file');
    const onSocket = vi.fn((socket: Socket) => void socket.end());
    const port = await startSocketServer(onSocket);
    writeFileSync(file, toCredentials(port));
    const goOn = holdFiles(room);

    const startedAt = clock.now();
    const late = await open(port, file).connect().catch(describeFailure);
    expect(late).toMatch(/^timeout: .*files.* (could not be read within|took longer than) \d+ ms/);
    expect(clock.now() - startedAt).toBeGreaterThan(connectTimeoutMs - 100);
    expect(clock.now() - startedAt).toBeLessThan(giveUpMs);

    const next = open(port, file).connect().catch(describeFailure);
    await goOn();
    expect(await next).toMatch(/^(connection|protocol): (?!.*files)/);
    // The abandoned attempt must not connect, although its file can be read now.
    expect(onSocket).toHaveBeenCalledTimes(1);
  });

  test('that is closed while it is made fails in time, and is not open', () =>
    inVirtualTime(async () => {
      const port = await startSocketServer(() => connection.close());
      const connection = open(port);
      expect(await connect(connection)).toBeLessThan(giveUpMs);
    }));

  test('that was closed before is not made', () =>
    inVirtualTime(async () => {
      const connection = open(await startSocketServer(() => {}));
      connection.close();
      connection.close();
      expect(await connect(connection)).toBeLessThan(giveUpMs);
    }));
});
