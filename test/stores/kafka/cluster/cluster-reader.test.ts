import { describe, expect, it, vi } from 'vitest';
import { createClusterReader } from '../../../../src/stores/kafka/cluster/cluster-reader.ts';
import type { ClusterView } from '../../../../src/stores/kafka/cluster/cluster-view.ts';
import { ConnectionError } from '../../../../src/stores/kafka/cluster/errors/connection-error.ts';
import { formatBrokerAddress } from '../../../../src/stores/kafka/cluster/kafkajs/broker-address.ts';
import { createFakeBrokers } from '../../../support/fake-connection.ts';
import { useFakeTimers } from '../../../support/fake-timers.ts';

const view: ClusterView = {
  brokers: new Map([
    [1, { host: 'a', port: 1 }],
    [2, { host: 'b', port: 2 }],
    [3, { host: 'c', port: 3 }],
  ]),
  topics: new Map(),
};
const never = new Promise<never>(() => undefined);

function setUp(bootstrap: readonly string[]) {
  const brokers = createFakeBrokers();
  const reader = createClusterReader({ bootstrap, openConnection: brokers.openConnection, hedgeMs: 300 });
  const asked = (): string[] => brokers.connections.map(({ address }) => formatBrokerAddress(address));
  return { brokers, reader, asked };
}

describe('cluster reader', () => {
  useFakeTimers();

  it('goes on to the next broker when one refuses', async () => {
    const { brokers, reader, asked } = setUp(['a:1', 'b:2']);
    brokers.onConnect = ({ host }) =>
      host === 'a' ? Promise.reject(new ConnectionError('connection', 'refused')) : Promise.resolve();
    brokers.onDescribe = () => Promise.resolve(view);
    expect(reader.brokerAt({ host: 'b', port: 2 })).toBeUndefined();
    expect(await reader.read(['t'])).toBe(view);
    expect(asked()).toEqual(['a:1', 'b:2']);
    expect([2, 3].map((port) => reader.brokerAt({ host: 'b', port }))).toEqual([2, undefined]);
  });

  it('is not held up by a broker that does not answer', async () => {
    const { brokers, reader, asked } = setUp(['a:1', 'b:2']);
    brokers.onDescribe = ({ host }) => (host === 'a' ? never : Promise.resolve(view));
    const read = reader.read(['t']);
    await vi.advanceTimersByTimeAsync(299);
    expect(asked()).toEqual(['a:1']);
    await vi.advanceTimersByTimeAsync(1);
    expect(await read).toBe(view);
    expect(asked()).toEqual(['a:1', 'b:2']);
    expect(brokers.connections.map((connection) => connection.isClosed())).toEqual([true, false]);
  });

  it('keeps the connection that answered, and asks another broker on demand', async () => {
    const { brokers, reader, asked } = setUp(['a:1']);
    brokers.onDescribe = () => Promise.resolve(view);
    await reader.read(['t']);
    await reader.read(['t']);
    expect(asked()).toEqual(['a:1']);
    await reader.read(['t'], { another: true });
    expect(asked()).toHaveLength(2);
    expect(asked()[1]).not.toBe('a:1');
    expect(brokers.connections.map((connection) => connection.isClosed())).toEqual([true, false]);
  });

  it('asks the brokers it has learnt of when the configured one is gone', async () => {
    const { brokers, reader, asked } = setUp(['seed:9']);
    brokers.onDescribe = () => Promise.resolve(view);
    await reader.read(['t']);
    brokers.connections[0]?.drop();
    brokers.onConnect = ({ host }) =>
      host === 'seed' ? Promise.reject(new ConnectionError('connection', 'refused')) : Promise.resolve();
    expect(await reader.read(['t'])).toBe(view);
    expect(['a:1', 'b:2', 'c:3']).toContain(asked()[1]);
  });

  it('keeps one connection of two readings side by side', async () => {
    const { brokers, reader } = setUp(['a:1']);
    brokers.onDescribe = () => Promise.resolve(view);
    await Promise.all([reader.read(['t']), reader.read(['t'])]);
    expect(brokers.connections.filter((connection) => connection.isClosed())).toHaveLength(1);
    reader.close();
    expect(brokers.connections.every((connection) => connection.isClosed())).toBe(true);
  });

  it('gives the last error when no broker answers, and leaves no connection behind', async () => {
    const { brokers, reader } = setUp(['a:1', 'b:2']);
    brokers.onConnect = ({ host }) => Promise.reject(new ConnectionError('connection', `refused by ${host}`));
    await expect(reader.read(['t'])).rejects.toMatchObject({ reason: 'connection', message: 'refused by b' });
    expect(brokers.connections.every((connection) => connection.isClosed())).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });
});
