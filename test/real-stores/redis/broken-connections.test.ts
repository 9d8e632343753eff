import type { Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { deadlineIn } from '../../support/deadline-in.ts';
import { createRecord } from '../../support/kafka-sink.ts';
import { createRedisConfig, startRedisSink } from '../../support/redis/redis-sink.ts';
import { type NextAnswer, sendAnswer, startRespServer } from '../../support/redis/resp-server.ts';
import { waitUntil } from '../../support/wait-until.ts';

/** Short, so that a server that says nothing is given up within the test; what follows a failure is the product's own. */
const times = { connectTimeoutMs: 1_000, requestTimeoutMs: 1_000, confirmTimeoutMs: 800 };
/** The steps of one connection: login, database, examination, the first write, its confirmation. */
const steps = [
  ...['AUTH', 'SELECT', 'INFO', 'CONFIG', 'CONFIG', 'CONFIG', 'WAITAOF', 'XADD', 'WAITAOF'].keys(),
];
/** The lane's, and that of the watch while it looks. */
const mostConnections = 2;
const wait = { timeoutMs: 60_000, pollMs: 5 };

/** What no real connection does that a proxy cuts: the contract has those. */
const breaks: Readonly<Record<string, (next: NextAnswer) => void>> = {
  'no answer, and the connection stays': () => {},
  'an end of its half, and the connection stays': ({ socket }) => {
    socket.removeAllListeners('data').pause();
    socket.allowHalfOpen = true;
    socket.end();
  },
  'an error behind the answer, in the same bytes': ({ socket, bytes }) =>
    void socket.write(`${bytes}-ERR the server goes away\r\n`, 'latin1'),
};

/** A sink on a server that breaks each connection at a step, until it is whole. */
async function start(step: number, breakOff: (next: NextAnswer) => void) {
  const server = await startRespServer();
  onTestFinished(() => server.close());
  const asked = new Map<Socket, number>();
  const state = { isWhole: false, broken: 0 };
  server.answer = (next) => {
    const at = asked.get(next.socket) ?? 0;
    asked.set(next.socket, at + 1);
    if (state.isWhole || at < step) {
      sendAnswer(next);
    } else if (at === step) {
      state.broken += 1;
      breakOff(next);
    }
  };
  const { sink } = startRedisSink(createRedisConfig(server.url), times);
  const append = () => sink.append([createRecord('events', 'a')], deadlineIn(2_000)).catch(() => undefined);
  /** The last steps need a write. */
  const whenBroken = async (often: number) => {
    while (state.broken < often) {
      await append();
    }
  };
  const countOpen = () => [...asked.keys()].filter(({ destroyed }) => !destroyed).length;
  return { sink, append, whenBroken, countOpen, state };
}

test.each(Object.entries(breaks))(
  'a connection that fails at any step (%s) is replaced, none is left, and records are taken again',
  async (_kind, breakOff) => {
    await Promise.all(
      steps.map(async (step) => {
        const { sink, append, whenBroken, countOpen, state } = await start(step, breakOff);
        await whenBroken(2);
        state.isWhole = true;
        await waitUntil(async () => (await append())?.length === 0 && sink.health().up, {
          ...{ ...wait, what: `records are taken after step ${step}` },
        });
        expect(countOpen(), `after step ${step}`).toBeLessThanOrEqual(mostConnections);
      }),
    );
  },
);

test('a sink that is closed at any step leaves no connection', async () => {
  await Promise.all(
    steps.map(async (step) => {
      const { sink, whenBroken, countOpen } = await start(step, () => {});
      await whenBroken(1);
      await sink.close();
      await waitUntil(() => countOpen() === 0, { ...wait, what: `no connection is left of step ${step}` });
    }),
  );
});
