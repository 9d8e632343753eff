import type { Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../../src/runtime/clock.ts';
import { inVirtualTime } from '../../support/in-virtual-time.ts';
import { createRecord } from '../../support/kafka-sink.ts';
import { createRedisConfig, startRedisSink } from '../../support/redis/redis-sink.ts';
import {
  type NextAnswer,
  type RespServer,
  sendAnswer,
  startRespServer,
} from '../../support/redis/resp-server.ts';
import { waitUntil } from '../../support/wait-until.ts';

/** Short timeouts, so that a silent server is abandoned within the test. The handling of failures is unchanged. */
const times = { connectTimeoutMs: 300, requestTimeoutMs: 300, confirmTimeoutMs: 200 };
const healedWithinMs = 10_000;
const roundsOfEach = 2;
/**
 * Maximum number of connections: the connection of the sender, and a second one that checks the server from time to
 * time.
 */
const maxConnections = 2;

type TestedSink = Awaited<ReturnType<typeof start>>;

async function start(server: RespServer) {
  const tested = startRedisSink(createRedisConfig(server.url), times);
  const append = () => tested.sink.append([createRecord('events', 'a')], systemClock.now() + 1_000);
  return { ...tested, append };
}

async function startServer(): Promise<RespServer> {
  const server = await startRespServer();
  onTestFinished(() => server.close());
  return server;
}

/** Commands of one connection, in order: login, database selection, server check, first write, confirmation. */
const steps = ['AUTH', 'SELECT', 'INFO', 'CONFIG', 'CONFIG', 'CONFIG', 'WAITAOF', 'XADD', 'WAITAOF'];

/** Server sockets that are paused. They detect the end of a connection only when they are read again. */
const pausedSockets: Socket[] = [];

const connectionFaults: Readonly<Record<string, (next: NextAnswer) => void>> = {
  'cut before the answer': ({ socket }) => socket.destroy(),
  'ended with the answer': ({ socket, bytes }) => void socket.end(bytes, 'latin1'),
  'cut within the answer': ({ socket, bytes }) =>
    void socket.end(bytes.slice(0, Math.ceil(bytes.length / 2)), 'latin1'),
  'an error behind the answer, in the same bytes': ({ socket, bytes }) =>
    void socket.write(`${bytes}-ERR the server goes away\r\n`, 'latin1'),
  'no answer, and the connection stays': () => {},
  'an end of its half, and the connection stays': ({ socket }) => {
    pausedSockets.push(socket.removeAllListeners('data').pause());
    socket.allowHalfOpen = true;
    socket.end();
  },
};

/** Makes one step fail several times on a new sink. The sink must work again after each failure. */
async function breakAndHeal(kind: string, step: number): Promise<void> {
  const server = await startServer();
  const tested = await start(server);
  for (let round = 0; round < roundsOfEach; round += 1) {
    let broken = 0;
    server.answer = (next) => {
      if (next.step < step) {
        sendAnswer(next);
      } else if (next.step === step) {
        broken += 1;
        connectionFaults[kind]?.(next);
      }
    };
    server.breakOff();
    await waitUntil(
      async () => {
        await tested.append().catch(() => {});
        return broken >= 2;
      },
      { timeoutMs: healedWithinMs, what: `step ${step} fails`, pollMs: 1 },
    );
    server.answer = sendAnswer;
    await expectHealed(tested, `step ${step}`);
    for (const socket of pausedSockets.splice(0)) {
      socket.resume();
    }
    await waitUntil(() => server.openConnections() <= maxConnections, {
      timeoutMs: healedWithinMs,
      what: `no connection is left of step ${step}`,
    });
  }
}

async function expectHealed({ append, sink }: TestedSink, after: string): Promise<void> {
  await waitUntil(
    async () => {
      const rejected = await append().catch(() => undefined);
      return rejected?.length === 0 && sink.health().up;
    },
    { timeoutMs: healedWithinMs, what: `records are taken after ${after}`, pollMs: 20 },
  );
}

test.each(Object.keys(connectionFaults))(
  'a connection that fails at any step (%s) is replaced, and records are taken again',
  async (kind) => {
    for (const step of steps.keys()) {
      await inVirtualTime(() => breakAndHeal(kind, step));
    }
  },
);

test('connections that are cut as soon as they are accepted are replaced', () =>
  inVirtualTime(async () => {
    const server = await startServer();
    server.accept = (socket) => void socket.resetAndDestroy();
    const tested = await start(server);
    await waitUntil(() => server.connections() > 4, { timeoutMs: healedWithinMs, what: 'some attempts' });
    server.accept = () => {};
    await expectHealed(tested, 'cuts');
  }));

test.each([1, 2, 3, 7])('answers in pieces of %i bytes are answers', (size) =>
  inVirtualTime(async () => {
    const server = await startServer();
    server.answer = ({ socket, bytes }) => {
      socket.setNoDelay(true);
      for (let at = 0; at < bytes.length; at += size) {
        socket.write(bytes.slice(at, at + size), 'latin1');
      }
    };
    const { append, started } = await start(server);
    await started;
    expect(await append()).toEqual([]);
  }),
);

test('a sink that is closed at any step leaves no connection', async () => {
  for (const step of steps.keys()) {
    await inVirtualTime(() => closeAt(step));
  }
});

async function closeAt(step: number): Promise<void> {
  const server = await startServer();
  let isReached = false;
  server.answer = (next) => {
    isReached ||= next.step === step;
    if (next.step < step) {
      sendAnswer(next);
    }
  };
  const { append, sink } = await start(server);
  await waitUntil(
    async () => {
      await append().catch(() => {});
      return isReached;
    },
    { timeoutMs: healedWithinMs, what: `step ${step} is reached`, pollMs: 1 },
  );
  await sink.close();
  await waitUntil(() => server.openConnections() === 0, {
    timeoutMs: healedWithinMs,
    what: `no connection is left of step ${step}`,
  });
}
