import { describe, expect, it, vi } from 'vitest';
import { systemClock as clock } from '../../../src/runtime/clock.ts';
import { Circuit } from '../../../src/stores/append/circuit.ts';
import { ConnectionKeeper } from '../../../src/stores/append/connection-keeper.ts';
import { defaultLaneSettings as settings } from '../../../src/stores/append/lane-store.ts';
import { createFakeBrokers } from '../../support/fake-connection.ts';
import { useFakeTimers } from '../../support/fake-timers.ts';

const refused = () => Promise.reject(new Error('refused'));

function setUp({ isDown = false } = {}) {
  const brokers = createFakeBrokers();
  if (isDown) {
    brokers.onConnect = refused;
  }
  const calls: unknown[] = [];
  const firsts: boolean[] = [];
  const circuit = new Circuit({
    clock,
    settings: settings.circuit,
    onChange: (state) => calls.push(state),
  });
  const place = { host: 'broker-7', port: 9092 };
  const keeper = new ConnectionKeeper({
    store: {
      openConnection: () => brokers.openConnection({ ...place }),
      reportConnectError(error, isFirst) {
        firsts.push(isFirst);
        return `there: ${String(error)}`;
      },
      onDisconnect: () => calls.push('failure'),
    },
    circuit,
    settings,
    clock,
    onOpen: () => calls.push('open connection'),
    metrics: { rebuilt: (cause) => calls.push(['discard', cause]) },
  });
  return { brokers, calls, firsts, circuit, keeper, place };
}

describe('connection keeper', () => {
  useFakeTimers();

  const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);

  it('tries again at once, then with growing waits, and reports which failure is the first since it was of use', async () => {
    const { brokers, calls, circuit, firsts, keeper } = setUp({ isDown: true });
    const startedAt = Date.now();
    const attempts: number[] = [];
    brokers.onConnect = () => {
      attempts.push(Date.now() - startedAt);
      return refused();
    };
    await vi.advanceTimersByTimeAsync(1600);
    expect(attempts).toEqual([0, 50, 150, 350, 750, 1150, 1550]);
    expect([keeper.problem(), keeper.failure()]).toEqual(['there: Error: refused', new Error('refused')]);
    expect(firsts).toEqual([true, ...Array.from({ length: 7 }, () => false)]);
    expect(calls).toEqual(firsts.map(() => 'failure'));
    await vi.advanceTimersByTimeAsync(1600);
    expect(circuit.state()).toBe('open');
    brokers.onConnect = () => Promise.resolve();
    await vi.advanceTimersByTimeAsync(500);
    expect([keeper.problem(), keeper.failure(), circuit.state()]).toEqual([
      undefined,
      undefined,
      'half_open',
    ]);

    keeper.confirm();
    circuit.success();
    brokers.onConnect = refused;
    brokers.connections.at(-1)?.drop();
    firsts.length = 0;
    await vi.advanceTimersByTimeAsync(49);
    expect(firsts).toEqual([true]);
    await vi.advanceTimersByTimeAsync(1);
    expect(firsts).toEqual([true, false]);
    keeper.close();
  });

  it('waits for the trial of an open circuit, up to a quarter longer than others, and lets that trial through', async () => {
    const { brokers, circuit, keeper } = setUp();
    await settle();
    vi.mocked(Math.random).mockReturnValue(0.8);
    circuit.trip();
    brokers.connections[0]?.drop();
    await vi.advanceTimersByTimeAsync(599);
    expect(brokers.connections).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(brokers.connections).toHaveLength(2);
    expect(circuit.state()).toBe('half_open');
    keeper.close();
  });

  it('replaces a connection once, whoever finds it broken first', async () => {
    const { brokers, calls, keeper } = setUp();
    expect(keeper.current()).toBeUndefined();
    await settle();
    const first = keeper.current();
    if (first === undefined) {
      throw new Error('there is no connection');
    }
    keeper.discard(first, 'timeout');
    keeper.discard(first, 'timeout');
    await settle();
    expect(brokers.connections.map((each) => each.isClosed())).toEqual([true, false]);
    expect(calls).toEqual(['open connection', ['discard', 'timeout'], 'failure', 'open connection']);
    keeper.close();
  });

  it('closes a connection that should lead elsewhere, open or only being made, and the last one at its end', async () => {
    const { brokers, keeper, place } = setUp();
    for (const host of ['elsewhere', 'again elsewhere']) {
      place.host = host;
      keeper.reconnect();
      await settle();
      expect(keeper.current()?.address.host).toBe(host);
    }
    expect(brokers.connections.map((each) => each.isClosed())).toEqual([true, true, false]);
    keeper.close();
    expect(brokers.connections.map((each) => each.isClosed())).toEqual([true, true, true]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('leaves no timer and no connection behind', async () => {
    const { brokers, keeper } = setUp({ isDown: true });
    await vi.advanceTimersByTimeAsync(100);
    keeper.close();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(vi.getTimerCount()).toBe(0);
    expect(keeper.current()).toBeUndefined();
    expect(brokers.connections.every((each) => !each.isOpen())).toBe(true);
  });
});
