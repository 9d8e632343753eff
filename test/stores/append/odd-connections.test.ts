import { expect, onTestFinished, test, vi } from 'vitest';
import { systemClock as clock } from '../../../src/runtime/clock.ts';
import { Circuit } from '../../../src/stores/append/circuit.ts';
import { ConnectionKeeper } from '../../../src/stores/append/connection-keeper.ts';
import { defaultLaneSettings as settings } from '../../../src/stores/append/lane-store.ts';
import { useFakeTimers } from '../../support/fake-timers.ts';
import { type Conduct, createOddConnection, type OddConnection } from '../../support/odd-connection.ts';

useFakeTimers();

const never = () => new Promise<never>(() => {});
const refuse = () => {
  throw new Error('refused');
};

/** Creates a keeper that gets these connections one after the other, and then working connections. */
function createKeeper(...makers: readonly (() => OddConnection)[]) {
  const connections: OddConnection[] = [];
  const problems: string[] = [];
  const rest = [...makers];
  const keeper = new ConnectionKeeper({
    store: {
      openConnection() {
        const connection = (rest.shift() ?? createOddConnection)();
        connections.push(connection);
        return connection;
      },
      reportConnectError(error) {
        problems.push(String(error));
        return String(error);
      },
      onDisconnect: () => {},
    },
    circuit: new Circuit({ clock, settings: settings.circuit, onChange: () => {} }),
    settings,
    clock,
    onOpen: () => {},
    metrics: { rebuilt: () => {} },
  });
  onTestFinished(() => keeper.close());
  return { keeper, connections, problems };
}

const odd = (change: Partial<Conduct>) => () => createOddConnection(change);

test.each([
  ['is never connected', odd({ connect: never }), 'Error: no connection was established within 10000 ms'],
  ['cannot be made', refuse, 'Error: refused'],
  ['throws instead of rejecting', odd({ connect: refuse }), 'Error: refused'],
  ['is connected, and not open', odd({ isOpen: () => false }), 'ended while it was being opened'],
  ['throws when it is closed', odd({ connect: async () => refuse(), onClose: refuse }), 'Error: refused'],
])('a connection that %s is followed by a good one', async (_what, maker, problem) => {
  const { keeper, connections, problems } = createKeeper(maker);
  await vi.advanceTimersByTimeAsync(settings.giveUpMs + 1_000);
  expect(problems).toHaveLength(1);
  expect(problems[0]).toContain(problem);
  expect(keeper.current()).toBe(connections.at(-1));
  expect(keeper.problem()).toBeUndefined();
  expect(connections.filter((each) => each.isConnected())).toEqual([keeper.current()]);
});

test('an end that comes before the connection is open is heard', async () => {
  const opened = Promise.withResolvers<void>();
  const { keeper, connections } = createKeeper(odd({ connect: () => opened.promise }));
  connections[0]?.end();
  opened.resolve();
  await vi.advanceTimersByTimeAsync(100);
  expect(connections).toHaveLength(2);
  expect(keeper.current()).toBe(connections[1]);
});

test('a connection that ends without a word is replaced as soon as somebody wants it', async () => {
  const { keeper, connections } = createKeeper(odd({ tellsEnd: false }));
  await vi.advanceTimersByTimeAsync(0);
  connections[0]?.end();
  expect(keeper.current()).toBeUndefined();
  await vi.advanceTimersByTimeAsync(0);
  expect(keeper.current()?.isOpen()).toBe(true);
});

test('a connection that opens after it was given up is closed, and does not take the place of another', async () => {
  const opened = Promise.withResolvers<void>();
  const { keeper, connections } = createKeeper(odd({ connect: () => opened.promise }));
  await vi.advanceTimersByTimeAsync(settings.giveUpMs + 1_000);
  const second = keeper.current();
  opened.resolve();
  await vi.advanceTimersByTimeAsync(0);
  expect(connections[0]?.isConnected()).toBe(false);
  expect(keeper.current()).toBe(second);
});

test('a connection that opens after the keeper was closed is closed, and nothing follows', async () => {
  const opened = Promise.withResolvers<void>();
  const { keeper, connections } = createKeeper(odd({ connect: () => opened.promise }));
  keeper.close();
  keeper.reconnect();
  opened.resolve();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(connections.map((each) => each.isConnected())).toEqual([false]);
  expect(vi.getTimerCount()).toBe(0);
});
