import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createCircuit } from '../../../src/append/circuit.ts';
import { ConnectionError } from '../../../src/kafka/errors/connection-error.ts';
import { createLaneConnection } from '../../../src/kafka/produce/lane-connection.ts';
import { defaultProduceSettings as settings } from '../../../src/kafka/produce/produce-settings.ts';
import { systemClock as clock } from '../../../src/runtime/clock.ts';
import { captureLog } from '../../support/captured-log.ts';
import { createFakeBrokers } from '../../support/fake-connection.ts';
import { recordMetrics } from '../../support/kafka-sink.ts';

const address = { host: 'broker-7', port: 9092 };
const refused = () => Promise.reject(new ConnectionError('connection', 'refused'));

function setUp({ isDown = false } = {}) {
  const brokers = createFakeBrokers();
  if (isDown) {
    brokers.onConnect = refused;
  }
  const metrics = recordMetrics();
  const { logger, lines } = captureLog();
  const calls: string[] = [];
  const circuit = createCircuit({
    clock,
    settings: settings.circuit,
    onChange: (state) => calls.push(state),
  });
  const connection = createLaneConnection({
    broker: 7,
    address,
    openConnection: brokers.openConnection,
    circuit,
    settings,
    clock,
    random: () => 0,
    metrics,
    logger,
    onOpen: () => calls.push('open connection'),
    onFailure: () => calls.push('failure'),
  });
  return { brokers, metrics, lines, calls, circuit, connection };
}

describe('lane connection', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);

  it('connects by itself, and has no connection until that is done', async () => {
    const { brokers, calls, connection } = setUp();
    expect(connection.current()).toBeUndefined();
    await settle();
    expect(connection.current()).toBe(brokers.connections[0]);
    expect(calls).toEqual(['open connection']);
    connection.close();
  });

  it('tries again at once, then with growing waits, and logs the first failure as a warning', async () => {
    const { brokers, lines, connection } = setUp({ isDown: true });
    const startedAt = Date.now();
    const attempts: number[] = [];
    brokers.onConnect = () => {
      attempts.push(Date.now() - startedAt);
      return refused();
    };
    await vi.advanceTimersByTimeAsync(1600);
    expect(attempts).toEqual([0, 50, 150, 350, 750, 1150, 1550]);
    expect(connection.problem()).toBe('broker broker-7:9092: refused');
    expect(lines.map(({ level }) => level)).toEqual(['warn', ...Array.from({ length: 7 }, () => 'debug')]);
    brokers.onConnect = () => Promise.resolve();
    await vi.advanceTimersByTimeAsync(400);
    expect(connection.problem()).toBeUndefined();
    connection.close();
  });

  it('waits for the trial of an open circuit, and lets that trial through', async () => {
    const { brokers, circuit, connection } = setUp();
    await settle();
    circuit.trip();
    brokers.connections[0]?.drop();
    await vi.advanceTimersByTimeAsync(499);
    expect(brokers.connections).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(brokers.connections).toHaveLength(2);
    expect(circuit.state()).toBe('half_open');
    connection.close();
  });

  it('replaces a connection once, whoever finds it broken first', async () => {
    const { brokers, metrics, calls, connection } = setUp();
    await settle();
    const first = connection.current();
    if (first === undefined) {
      throw new Error('there is no connection');
    }
    connection.discard(first, 'timeout');
    connection.discard(first, 'timeout');
    await settle();
    expect(brokers.connections.map((each) => each.isClosed())).toEqual([true, false]);
    expect(metrics.events).toEqual([['rebuilt', 'timeout']]);
    expect(calls).toEqual(['open connection', 'failure', 'open connection']);
    connection.close();
  });

  it('closes a connection that is open only after its broker has moved', async () => {
    const { brokers, connection } = setUp();
    connection.moveTo({ host: 'elsewhere', port: 9092 });
    await settle();
    expect(brokers.connections.map((each) => each.isClosed())).toEqual([true, false]);
    expect(connection.current()?.address.host).toBe('elsewhere');
    connection.close();
  });

  it('leaves no timer and no connection behind', async () => {
    const { brokers, connection } = setUp({ isDown: true });
    await vi.advanceTimersByTimeAsync(100);
    connection.close();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(vi.getTimerCount()).toBe(0);
    expect(connection.current()).toBeUndefined();
    expect(brokers.connections.every((each) => !each.isOpen())).toBe(true);
  });
});
