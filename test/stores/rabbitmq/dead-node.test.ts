import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { systemClock as clock } from '../../../src/runtime/clock.ts';
import { withConnection } from '../../../src/stores/rabbitmq/amqp-connection.ts';
import { checkRabbitMq } from '../../../src/stores/rabbitmq/check-rabbitmq.ts';
import { PublisherConnection } from '../../../src/stores/rabbitmq/publisher-connection.ts';
import {
  createRabbitMqAccess,
  type RabbitMqAccess,
  type RabbitMqServer,
} from '../../../src/stores/rabbitmq/rabbitmq-access.ts';
import { defaultRabbitMqSettings } from '../../../src/stores/rabbitmq/rabbitmq-sink.ts';
import { readQueueExclusively } from '../../../src/stores/rabbitmq/unacked-reader.ts';
import { deadlineIn } from '../../support/deadline-in.ts';
import { inVirtualTime } from '../../support/in-virtual-time.ts';
import { createRecord } from '../../support/kafka-sink.ts';
import { encodeMethod } from '../../support/rabbitmq/amqp-frames.ts';
import { startAmqpServer } from '../../support/rabbitmq/amqp-server.ts';
import { createTestSink } from '../../support/rabbitmq/rabbitmq-sink.ts';
import { startSocketServer } from '../../support/start-socket-server.ts';
import { waitUntil } from '../../support/wait-until.ts';

/** Time limit, which is much shorter than the time after which a silent connection is closed. */
const goneMs = 1_000;
const target = { kind: 'queue', name: 'q' } as const;
const accessTo = (text: string) => createRabbitMqAccess({ url: { text }, allowPlaintext: false, tls: {} });
const refusing = 'amqp://127.0.0.1:1';
const startSilent = async () => `amqp://127.0.0.1:${await startSocketServer(() => {})}`;

test.each([
  ['refuses, before one that lives', async (live: string) => [refusing, live]],
  ['refuses, behind one that lives', async (live: string) => [live, refusing]],
  ['is silent, before one that lives', async (live: string) => [await startSilent(), live]],
  ['is silent, behind one that lives', async (live: string) => [live, await startSilent()]],
] as const)('a node that %s, keeps nobody from that one', (_what, list) =>
  inVirtualTime(async () => {
    const live = await startAmqpServer();
    const url = String(await list(live.url));
    const { sink } = createTestSink({ url, topics: ['q'] });
    sink.start().catch(() => {});
    await waitUntil(() => sink.health().up, { timeoutMs: 15_000, what: 'the sink is up' });
    expect(await sink.append([createRecord('q', 'a')], deadlineIn(5_000))).toEqual([]);
    await sink.close();

    expect(await withConnection(accessTo(url), async ({ serverVersion }) => serverVersion)).toBe('4.0.5');
    const checked = await checkRabbitMq(accessTo(url), [target]);
    expect(checked.filter(({ area }) => area === 'store').map(({ verdict }) => verdict)).toEqual(
      url.startsWith(live.url) ? ['ok', 'warning'] : ['warning', 'ok'],
    );
    await delay(goneMs);
    expect(live.connectionCount).toBe(0);
  }),
);

test('where every node is dead, each is named', () =>
  inVirtualTime(async () => {
    const access = accessTo(`${refusing},amqp://127.0.0.1:2`);
    const checked = await checkRabbitMq(access, [target]);
    expect(checked.map(({ verdict }) => verdict)).toEqual(['error', 'error']);
    await expect(withConnection(access, async () => {})).rejects.toThrow(
      /127\.0\.0\.1:1.*; .*127\.0\.0\.1:2/,
    );
  }));

test.each<[what: string, work: (access: RabbitMqAccess) => Promise<unknown>]>([
  ['a publisher', (access) => createPublisher(access).connect()],
  ['a reader of dead letters', (access) => readQueueExclusively(access, 'q')],
])('%s whose queue is not there leaves no socket', (_what, work) =>
  inVirtualTime(async () => {
    const notFound = { replyCode: 404, replyText: 'NOT_FOUND', classId: 50, methodId: 10 };
    const server = await startAmqpServer({
      onStep: ({ name, channel, socket, bytes }) =>
        void socket.write(
          name === 'QueueDeclareOk' ? encodeMethod('ChannelClose', channel, notFound) : bytes,
        ),
    });
    await expect(work(accessTo(server.url))).rejects.toThrow(
      'the queue q in the virtual host / does not exist',
    );
    await delay(goneMs);
    expect(server.connectionCount).toBe(0);
  }),
);

function createPublisher(access: RabbitMqAccess): PublisherConnection {
  return new PublisherConnection({
    ...{ clock, target, settings: defaultRabbitMqSettings },
    chooseServer: async () => (await access.readServers(1_000))[0] as RabbitMqServer,
    onBlock: () => {},
  });
}
