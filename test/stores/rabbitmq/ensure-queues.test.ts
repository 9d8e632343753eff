import { expect, test } from 'vitest';
import { ensureQueues } from '../../../src/stores/rabbitmq/ensure-queues.ts';
import { createRabbitMqAccess } from '../../../src/stores/rabbitmq/rabbitmq-access.ts';
import { inVirtualTime } from '../../support/in-virtual-time.ts';
import { encodeMethod } from '../../support/rabbitmq/amqp-frames.ts';
import { startAmqpServer } from '../../support/rabbitmq/amqp-server.ts';

const notFound = { replyCode: 404, replyText: 'NOT_FOUND', classId: 50, methodId: 10 };
const advice = 'declare the exchange and bind queues to it';

test.each([
  // The command checks that the queue is missing, declares it, and reads its settings with two more checks. It then
  // waits for three seconds, because the server can still lose a new queue within that time.
  ['queue', false, { outcome: 'created', findings: [] }, 4, 3],
  ['queue', true, { outcome: 'missing', findings: [] }, 1, 0],
  ['exchange', true, { outcome: 'missing', findings: [] }, 1, 0],
  ['exchange', false, { outcome: 'missing', findings: [{ message: expect.stringContaining(advice) }] }, 1, 0],
] as const)('makes a %s that is missing (dry run: %s): %j, %i questions, %i s', (kind, dryRun, ...wanted) =>
  inVirtualTime(async () => {
    let asked = 0;
    const { url } = await startAmqpServer({
      onStep({ name, channel, socket, bytes }) {
        const isAnswer = /^(Queue|Exchange)DeclareOk$/.test(name);
        asked += isAnswer ? 1 : 0;
        socket.write(isAnswer && asked === 1 ? encodeMethod('ChannelClose', channel, notFound) : bytes);
      },
    });
    const startedAt = performance.now();
    const access = createRabbitMqAccess({ url: { text: url }, allowPlaintext: false, tls: {} });
    const target = { kind, name: 'q' };
    const reports = await ensureQueues({
      ...{ access, dryRun, partitionCount: 1, wanted: [{ target, role: 'events' }] },
    });
    const tookS = Math.floor((performance.now() - startedAt) / 1_000);
    const [report, questions, seconds] = wanted;
    expect([reports, asked, tookS]).toMatchObject([[report], questions, seconds]);
    expect(reports[0]?.differences).toEqual([]);
  }),
);
