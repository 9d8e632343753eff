import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { parseRabbitMqUrls, type RabbitMqAddress } from '../../../src/config/rabbitmq-config.ts';
import { openAmqpConnection } from '../../../src/stores/rabbitmq/amqp-connection.ts';
import { RabbitMqError } from '../../../src/stores/rabbitmq/rabbitmq-error.ts';
import { inVirtualTime } from '../../support/in-virtual-time.ts';
import { encodeMethod } from '../../support/rabbitmq/amqp-frames.ts';
import { type Step, startAmqpServer } from '../../support/rabbitmq/amqp-server.ts';

const timeouts = { answerTimeoutMs: 300, heartbeatSeconds: 10 };

function open(url: string, connectTimeoutMs = 20_000) {
  const [address] = parseRabbitMqUrls(url) as readonly RabbitMqAddress[];
  return openAmqpConnection(
    { address: address as RabbitMqAddress, tls: {} },
    { ...timeouts, connectTimeoutMs },
  );
}

test.for(['amqp', 'amqps'])(
  'a port that never answers %s costs the time to connect, and no socket',
  async (scheme) => {
    const sockets: Socket[] = [];
    const server = createServer((socket) => sockets.push(socket.on('error', () => {}).resume())).listen(
      0,
      '127.0.0.1',
    );
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const opening = open(`${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`, 300);
    await expect(opening).rejects.toMatchObject({
      ...{ name: 'RabbitMqError', reason: 'timeout' },
      message: expect.stringContaining('did not respond within 300 ms'),
    });
    await expect.poll(() => sockets.map(({ destroyed }) => destroyed)).toEqual([true]);
  },
);

test('a virtual host that is refused is named with the words of the server', () =>
  inVirtualTime(async () => {
    const replyText =
      "NOT_ALLOWED - access to vhost 'v' refused for user 'guest': vhost connection limit (1) is reached";
    const { url } = await startAmqpServer({
      onStep({ name, socket, bytes }) {
        const close = { replyCode: 530, replyText, classId: 10, methodId: 40 };
        socket.write(name === 'ConnectionOpenOk' ? encodeMethod('ConnectionClose', 0, close) : bytes);
      },
    });
    await expect(open(`${url}/v`)).rejects.toThrow(
      `did not open the virtual host "v" for "guest": ${replyText}`,
    );
  }));

test('a connection that has ended leaves no timer behind, whoever ended it', async () => {
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  let step: Step | undefined;
  const { url } = await startAmqpServer({
    onStep(each) {
      step = each;
      each.socket.write(each.bytes);
    },
  });
  const before = timers();
  for (const end of [
    ({ close }: Awaited<ReturnType<typeof open>>) => close(),
    () => void step?.socket.destroy(),
    // The response to this request never arrives, so the request times out.
    ({ request }: Awaited<ReturnType<typeof open>>) =>
      request(() => new Promise(() => {})).catch(() => undefined),
  ]) {
    const connection = await open(url);
    expect(timers()).toBeGreaterThan(before);
    await end(connection);
    await expect.poll(() => connection.ended.aborted).toBe(true);
    expect(connection.ended.reason).toMatchObject({ name: 'RabbitMqError' });
    await expect.poll(timers).toBe(before);
  }
});

test('an alarm that comes with the first answer is heard', async () => {
  const { url } = await startAmqpServer({
    onStep({ name, socket, bytes }) {
      const alarm = encodeMethod('ConnectionBlocked', 0, { reason: 'low on disk' });
      socket.write(name === 'ChannelOpenOk' ? Buffer.concat([alarm, bytes]) : bytes);
    },
  });
  const connection = await open(url);
  const reasons: (string | undefined)[] = [];
  connection.onBlock((reason) => reasons.push(reason));
  await connection.openChannel();
  expect(reasons).toEqual(['low on disk']);
  await connection.close();
});

test('everything that waits on a connection ends with it, at once', () =>
  inVirtualTime(async () => {
    const { url } = await startAmqpServer({
      onStep: ({ name, socket, bytes }) => void (name === 'QueueDeclareOk' || socket.write(bytes)),
    });
    const connection = await open(url);
    const channel = await connection.openChannel();
    const check = (queue: string) => connection.request(() => channel.checkQueue(queue));
    const waiting = [check('q'), check('r'), connection.request(() => channel.prefetch(1))];
    const settled = Promise.allSettled(waiting);
    await delay(10);
    expect(connection.ended.aborted).toBe(false);
    const endedAt = performance.now();
    connection.end(new RabbitMqError('connection', 'over'));
    const results = await settled;
    expect(performance.now() - endedAt).toBe(0);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    await expect(check('q')).rejects.toThrow('over');
  }));
