import { expect, test } from 'vitest';
import { checkRabbitMq } from '../../../src/stores/rabbitmq/check-rabbitmq.ts';
import { ensureQueues } from '../../../src/stores/rabbitmq/ensure-queues.ts';
import { createRabbitMqAccess } from '../../../src/stores/rabbitmq/rabbitmq-access.ts';
import { inVirtualTime } from '../../support/in-virtual-time.ts';
import { encodeMethod } from '../../support/rabbitmq/amqp-frames.ts';
import { type Step, startAmqpServer } from '../../support/rabbitmq/amqp-server.ts';
import { runFaultRound } from '../../support/rabbitmq/fault-round.ts';
import { waitUntil } from '../../support/wait-until.ts';

const close = (replyCode: number) =>
  encodeMethod('ConnectionClose', 0, { replyCode, replyText: 'CUT', classId: 0, methodId: 0 });
const closeChannel = (channel: number) =>
  encodeMethod('ChannelClose', channel, { replyCode: 504, replyText: 'CUT', classId: 0, methodId: 0 });

/** Faults that can replace a response. */
const faults: Readonly<Record<string, (step: Step) => void>> = {
  'the connection is cut before': ({ socket }) => socket.destroy(),
  'half of it comes, and the end': ({ socket, bytes }) => socket.end(bytes.subarray(0, bytes.length / 2)),
  'nothing comes any more': () => {},
  'the server closes the connection in the same write': ({ socket, bytes }) =>
    socket.write(Buffer.concat([bytes, close(320)])),
  'the channel is closed instead': ({ socket, channel }) => socket.write(closeChannel(channel)),
};

/**
 * All responses that a publisher waits for if its first message is rejected: three to open the connection, four to look
 * for the queue, two to open its channel, the confirm, four to look for the queue again, and the confirm of the second
 * attempt.
 */
const steps = Array.from({ length: 15 }, (_, index) => index);
const refusals = [
  ['nack', steps],
  // The first nine steps are the same as for `nack`, so they are not repeated.
  ['return', steps.slice(9)],
] as const;

const table = Object.entries(faults).flatMap(([name, fault]) =>
  refusals.map(([refusal, own]) => [name, refusal, fault, own] as const),
);

test.for(table)(
  'records are taken again after each step at which %s (first the server says %s)',
  async ([, refusal, fault, own]) => {
    for (const index of own) {
      await runFaultRound({ isHit: (step) => step.index === index, fault, refusal });
    }
  },
);

const target = { kind: 'queue', name: 'q' } as const;
const accessTo = (url: string) =>
  createRabbitMqAccess({ url: { text: url }, allowPlaintext: false, tls: {} });
const cut = ({ socket }: Step) => socket.destroy();
const silent = () => {};

async function endWithAWord(work: 'check' | 'topics', index: number, fault: (step: Step) => void) {
  let connections = 0;
  const server = await startAmqpServer({
    onStep(step) {
      connections += step.name === 'ConnectionStart' ? 1 : 0;
      if (connections === (work === 'check' ? 2 : 1) && step.index === index) {
        fault(step);
      } else {
        step.socket.write(step.bytes);
      }
    },
  });
  const access = accessTo(server.url);
  if (work === 'check') {
    const results = await checkRabbitMq(access, [target]);
    expect(results.at(-1)).toMatchObject({ area: 'store', verdict: 'error' });
    expect(results.at(-1)?.text).toMatch(/connection|close|respond/i);
  } else {
    const wanted = [{ target, role: 'events' }] as const;
    await expect(ensureQueues({ access, wanted, partitionCount: 1, dryRun: true })).rejects.toMatchObject({
      name: 'RabbitMqError',
      message: expect.stringMatching(/connection|close|respond/i),
    });
  }
  await waitUntil(() => server.connectionCount === 0, { timeoutMs: 30_000, what: 'no connection is left' });
}

test.for([
  ['cut', cut],
  ['silent', silent],
] as const)('check and topics end with a word when the server is %s at any step', async ([, fault]) => {
  // `check` opens two connections, and the second one fails. `topics` opens one connection, which fails.
  for (const work of ['check', 'topics'] as const) {
    for (const index of steps.slice(3, 11)) {
      await inVirtualTime(() => endWithAWord(work, index, fault));
    }
  }
});
