import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { deadlineIn } from '../../support/deadline-in.ts';
import { inVirtualTime } from '../../support/in-virtual-time.ts';
import { createRecord } from '../../support/kafka-sink.ts';
import { encodeMethod } from '../../support/rabbitmq/amqp-frames.ts';
import { startAmqpServer } from '../../support/rabbitmq/amqp-server.ts';
import { shortSettings } from '../../support/rabbitmq/fault-round.ts';
import { startTestSink } from '../../support/rabbitmq/rabbitmq-sink.ts';
import { waitUntil } from '../../support/wait-until.ts';

const tooLarge = {
  ...{ replyCode: 406, classId: 60, methodId: 40 },
  replyText: 'PRECONDITION_FAILED - message size 5000 is larger than configured max size 100',
};

/** A server whose size limit rejects this message until the limit is raised. */
async function startSmallServer() {
  const server = { isSmall: true, refusals: 0, sockets: new Set<Socket>() };
  const { url } = await startAmqpServer({
    onStep({ name, channel, socket, bytes }) {
      server.sockets.add(socket);
      const isRefused = server.isSmall && name === 'BasicAck';
      server.refusals += isRefused ? 1 : 0;
      socket.write(isRefused ? encodeMethod('ChannelClose', channel, tooLarge) : bytes);
    },
  });
  const { sink } = await startTestSink({ url, topics: ['q'], settings: shortSettings });
  const append = () => sink.append([createRecord('q', 'a', 5_000)], deadlineIn(5_000));
  const whenTaken = () =>
    waitUntil(async () => (await append()).length === 0, {
      timeoutMs: 30_000,
      what: 'a record is taken again',
      pollMs: 500,
    });
  return { server, append, whenTaken, close: () => sink.close() };
}

test('a limit of the server holds for the next connection, and is forgotten with it', () =>
  inVirtualTime(async () => {
    const { server, append, whenTaken, close } = await startSmallServer();
    expect(await append()).toEqual([{ index: 0, reason: 'too_large' }]);
    expect(await append()).toEqual([{ index: 0, reason: 'too_large' }]);
    expect(server.refusals).toBe(1);

    // The server restarts with another limit.
    server.isSmall = false;
    for (const socket of server.sockets) {
      socket.destroy();
    }
    await whenTaken();
    await close();
  }));

test('a limit that a server has raised counts on the same connection, too', () =>
  inVirtualTime(async () => {
    const { server, append, whenTaken, close } = await startSmallServer();
    expect(await append()).toEqual([{ index: 0, reason: 'too_large' }]);
    server.isSmall = false;
    await whenTaken();
    await close();
  }));
