import type { Socket } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createLogger } from '../../../../../src/runtime/logger.ts';
import type { KafkaAccess } from '../../../../../src/stores/kafka/cluster/kafkajs/connection-options.ts';
import { createKafkajsConnection } from '../../../../../src/stores/kafka/cluster/kafkajs/kafkajs-connection.ts';
import { captureLog } from '../../../../support/captured-log.ts';
import { startScriptedBroker } from '../../../../support/kafka/scripted-broker.ts';
import { startSocketServer } from '../../../../support/start-socket-server.ts';

/** Timeout that is longer than any test, so that it never expires. */
const connectTimeoutMs = 3_600_000;

function open(port: number, access: Partial<KafkaAccess> = {}, logger = createLogger('silent')) {
  return createKafkajsConnection({
    address: { host: '127.0.0.1', port },
    connection: { brokers: [], ...access },
    settings: { connectTimeoutMs, requestTimeoutMs: 5_000 },
    logger,
  });
}

test.each([
  ['closed at once', (socket: Socket) => socket.end()],
  ['cut at once', (socket: Socket) => socket.resetAndDestroy()],
  ['closed after the first request', (socket: Socket) => socket.once('data', () => socket.end())],
  ['cut after the first request', (socket: Socket) => socket.once('data', () => socket.resetAndDestroy())],
])('a connection that is %s has ended, and says so without its timeout', async (what, treat) => {
  const port = await startSocketServer(treat);
  for (const tls of [undefined, {}]) {
    const connection = open(port, tls && { tls });
    const early = vi.fn();
    connection.onEnd(early);
    await expect(connection.connect()).rejects.toMatchObject({
      name: 'ConnectionError',
      advice: expect.stringMatching(
        tls === undefined && what !== 'cut at once'
          ? /check KAFKA_TLS: the broker closed the connection before its first response/
          : /check KAFKA_TLS:|advertised\.listeners/,
      ),
    });
    expect(connection.isOpen()).toBe(false);
    expect(early).toHaveBeenCalledTimes(1);
  }
});

test('of a connection that has ended, also before it began, a listener hears at once', async () => {
  const connection = open(9, {
    sasl: { mechanism: 'plain', username: 'a', passwordFile: '/nowhere/password' },
  });
  const connecting = connection.connect();
  const late = vi.fn();
  connection.onEnd(late);
  await expect(connecting).rejects.toThrow('ENOENT');
  expect(late).toHaveBeenCalledTimes(1);
});

test('a connection that is closed while it is opened is not open afterwards', async () => {
  const accepted: Socket[] = [];
  const connection = open(await startSocketServer((socket) => accepted.push(socket.resume())));
  const connecting = connection.connect();
  await expect.poll(() => accepted.length).toBe(1);
  connection.close();
  await expect(connecting).rejects.toMatchObject({ reason: 'connection' });
  expect(connection.isOpen()).toBe(false);
  await expect.poll(() => accepted[0]?.destroyed).toBe(true);
});

test('at the first question alone an end without a login may mean that a login is wanted', async () => {
  const login = { mechanism: 'plain', username: 'a', password: 'b' } as const;
  const adviceOf = async (earlier: number, sasl?: typeof login) => {
    const broker = await startScriptedBroker();
    onTestFinished(() => broker[Symbol.dispose]());
    const connection = open(broker.port, sasl && { sasl });
    await connection.connect();
    const ask = () => connection.call({ api: 'Heartbeat', parameters: { groupId: 'g', memberId: 'm' } });
    for (let left = earlier; left > 0; left -= 1) {
      await ask();
    }
    const asking = ask();
    broker[Symbol.dispose]();
    return asking.catch(({ advice }: { advice?: string }) => advice?.split(':')[0]);
  };
  expect(await adviceOf(0)).toBe('check KAFKA_SASL_MECHANISM');
  expect(await adviceOf(1)).toBeUndefined();
  expect(await adviceOf(0, login)).toBeUndefined();
});

test("kafkajs's own lines are for who asks for a trace", async () => {
  const broker = await startScriptedBroker();
  onTestFinished(() => broker[Symbol.dispose]());
  const { logger, lines } = captureLog();
  await open(broker.port, {}, logger.child({}, { level: 'debug' })).connect();
  expect(lines).toEqual([]);
  await open(broker.port, {}, logger).connect();
  expect(lines.map(({ component }) => component)).toContain('kafkajs/Connection');
});
