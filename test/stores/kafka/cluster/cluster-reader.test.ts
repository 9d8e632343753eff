import { describe, expect, it, vi } from 'vitest';
import {
  createClusterReader,
  readTopicConfigs,
} from '../../../../src/stores/kafka/cluster/cluster-reader.ts';
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
    const [early, late] = [Promise.withResolvers<ClusterView>(), Promise.withResolvers<ClusterView>()];
    brokers.onDescribe = ({ host }) => (host === 'a' ? early.promise : late.promise);
    const read = reader.read(['t']);
    await vi.advanceTimersByTimeAsync(299);
    expect(asked()).toEqual(['a:1']);
    // The last broker has no hedge limit.
    await vi.advanceTimersByTimeAsync(1_000);
    late.resolve(view);
    expect(await read).toBe(view);
    early.resolve({ ...view });
    await vi.advanceTimersByTimeAsync(0);
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
    brokers.onDescribe = () => Promise.reject(new ConnectionError('timeout', 'silent'));
    await expect(reader.read(['t'])).rejects.toThrow('silent');
    expect(asked()).toEqual(['a:1', 'b:2', 'c:3', 'a:1']);
  });

  it('asks the brokers it has learnt of when the configured one is gone', async () => {
    const { brokers, reader, asked } = setUp(['seed:9']);
    brokers.onDescribe = () => Promise.resolve(view);
    await reader.read(['t']);
    brokers.connections[0]?.drop();
    brokers.onConnect = () => Promise.reject(new ConnectionError('connection', 'refused'));
    await expect(reader.read(['t'])).rejects.toThrow('refused');
    expect(asked().splice(1)).toEqual(['c:3', 'a:1', 'b:2', 'seed:9']);
    brokers.onConnect = ({ host }) =>
      host === 'seed' ? Promise.reject(new ConnectionError('connection', 'refused')) : Promise.resolve();
    expect(await reader.read(['t'])).toBe(view);
    expect(asked().splice(5)).toEqual(['a:1']);
  });

  it('asks four of many brokers at most, others each time', async () => {
    const { brokers, reader, asked } = setUp(['a:1', 'b:2', 'c:3', 'd:4', 'e:5', 'f:6']);
    brokers.onConnect = () => Promise.reject(new ConnectionError('connection', 'refused'));
    for (let left = 3; left > 0; left -= 1) {
      await expect(reader.read(['t'])).rejects.toThrow('refused');
    }
    const hosts = asked().map(([host]) => host);
    expect(hosts.join('')).toBe('bcdecdefdefa');
  });

  it('keeps one connection of two readings side by side', async () => {
    const { brokers, reader } = setUp(['a:1']);
    brokers.onDescribe = () => Promise.resolve(view);
    await Promise.all([reader.read(['t']), reader.read(['t'])]);
    expect(brokers.connections.filter((connection) => connection.isClosed())).toHaveLength(1);
    const last = reader.read(['t'], { another: true });
    reader.close();
    await last;
    expect(brokers.connections.every((connection) => connection.isClosed())).toBe(true);
  });

  it('has the settings of a topic from a broker that has answered', async () => {
    const { brokers, reader } = setUp(['a:1']);
    brokers.onDescribe = () => Promise.resolve(view);
    await expect(reader.describeTopic('t')).rejects.toThrow('no broker has responded so far');
    expect(await readTopicConfigs(reader, 't')).toBeUndefined();
  });

  it('gives the last error when no broker answers, and leaves no connection behind', async () => {
    const { brokers, reader } = setUp(['a:1', 'b:2']);
    brokers.onConnect = ({ host }) => Promise.reject(new ConnectionError('connection', `refused by ${host}`));
    await expect(reader.read(['t'])).rejects.toMatchObject({ reason: 'connection', message: 'refused by b' });
    expect(brokers.connections.every((connection) => connection.isClosed())).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });
});
