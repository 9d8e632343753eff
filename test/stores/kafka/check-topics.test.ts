import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createLogger } from '../../../src/runtime/logger.ts';
import { checkTopics, toTopicResults } from '../../../src/stores/kafka/check-topics.ts';
import { toTopicFacts } from '../../../src/stores/kafka/cluster/topics/topic-facts.ts';
import type { RequestFault } from '../../simulation/kafka/broker-session.ts';
import { inVirtualTime } from '../../support/in-virtual-time.ts';
import { startModelCluster } from '../../support/kafka/start-model-cluster.ts';
import { createTopicFacts, testTopics } from '../../support/topic-facts.ts';

const options = { topics: [testTopics], maxBodyBytes: 1000, windowMs: 259_200_000, known: [] };

describe('toTopicResults', () => {
  it('needs no latest-state topic', () => {
    const described = [
      createTopicFacts('events', { configs: { 'compression.type': 'zstd' } }),
      createTopicFacts('dead', { configs: { 'min.insync.replicas': null } }),
      toTopicFacts('latest', undefined, undefined),
    ];
    const results = toTopicResults(new Map(described.map((facts) => [facts.topic, facts])), options);
    expect(results.map(({ verdict }) => verdict)).toEqual(['ok', 'ok', 'ok']);
    expect(results.map(({ text }) => text)).toEqual([
      'events: 3 partitions, 3 replicas, min.insync.replicas 2, compression.type zstd',
      'dead: 3 partitions, 3 replicas, min.insync.replicas is not reported',
      'the topic latest does not exist. Only the revision filter needs this topic',
    ]);
  });

  it('compares each latest-state topic with its test events topic, and dead letters with all that are filtered', () => {
    const limit = { 'max.message.bytes': '20000000' };
    const described = [
      createTopicFacts('events'),
      createTopicFacts('messages', { partitions: 6, configs: limit }),
      createTopicFacts('chats', { configs: { 'max.message.bytes': '30000000' } }),
      createTopicFacts('dead'),
      createTopicFacts('latest', { configs: { 'cleanup.policy': 'compact' } }),
      createTopicFacts('messages.latest', { configs: { 'cleanup.policy': 'compact' } }),
      toTopicFacts('chats.latest', undefined, undefined),
    ];
    const others = ['messages', 'chats'].map((events) => ({
      events,
      latest: `${events}.latest`,
      deadLetter: 'dead',
    }));
    const results = toTopicResults(new Map(described.map((facts) => [facts.topic, facts])), {
      topics: [testTopics, ...others],
      maxBodyBytes: 1000,
      windowMs: 259_200_000,
      // A topic in the cluster whose name is similar to `messages.latest`, which exists.
      known: ['message.latest'],
    });
    expect(
      results.filter(({ verdict }) => verdict !== 'ok').map(({ verdict, text }) => `${verdict} ${text}`),
    ).toEqual([
      expect.stringMatching(
        /^warning dead: dead accepts records of at most 12582912 bytes, but messages accepts 20000000 bytes: /,
      ),
      'error messages.latest: messages has 6 partitions but messages.latest has 3: both need the same number.',
    ]);
    expect(results.at(-1)?.text).toBe(
      'the topic chats.latest does not exist. Only the revision filter needs this topic',
    );
  });
});

describe('checkTopics', () => {
  const [metadata, apiVersions] = [3, 18];
  const topicsOk = ['events', 'dead', 'latest'].map(
    (topic) => `${topic}: 3 partitions, 3 replicas, min.insync.replicas 2`,
  );

  /**
   * Starts three brokers with correctly configured topics.
   *
   * @param faultOf returns the fault for a request to a broker
   */
  async function setUp(faultOf: (broker: number, apiKey: number) => RequestFault = () => ({})) {
    const { cluster, connection } = await startModelCluster(3, {
      onRequest: ({ broker, apiKey }) => faultOf(broker, apiKey),
    });
    const settings = {
      'min.insync.replicas': '2',
      'max.message.bytes': '12582912',
      'delete.retention.ms': '1209600000',
    };
    for (const [name, policy] of Object.entries({ events: 'delete', dead: 'delete', latest: 'compact' })) {
      cluster.addTopic({ name, partitionCount: 3, settings: { ...settings, 'cleanup.policy': policy } });
    }
    return {
      cluster,
      check: async (timeouts = {}) => {
        const access = { ...connection, ...timeouts };
        const results = await checkTopics({ ...options, connection: access, logger: createLogger('silent') });
        expect(results[0]).toEqual({
          area: 'store',
          verdict: 'ok',
          text: `Kafka (${connection.brokers.join(', ')}) responds and has 3 brokers`,
        });
        expect(results.slice(-3).map(({ text }) => text)).toEqual(topicsOk);
        return results.slice(1, -3);
      },
    };
  }

  /**
   * Returns a fault that replaces the cluster id in Metadata responses. In a response, the length of the id plus one
   * precedes the id.
   */
  const nameCluster = (name: string): RequestFault => ({
    spoil(frame) {
      const own = Buffer.from('\nsimulated');
      const at = frame.indexOf(own);
      const other = Buffer.from([name.length + 1, ...Buffer.from(name)]);
      const spoiled = Buffer.concat([frame.subarray(0, at), other, frame.subarray(at + own.length)]);
      spoiled.writeInt32BE(spoiled.length - 4);
      return spoiled;
    },
  });

  it('finds nothing to say of brokers that answer, and leaves no connection open', async () => {
    const { check, cluster } = await setUp();
    const ports = cluster.brokers.map(({ port }) => port);
    const sockets: Socket[] = [];
    const onSocket = (message: unknown) => {
      const { socket } = message as { readonly socket: Socket };
      socket.once('connect', () => {
        sockets.push(...(ports.includes(socket.remotePort ?? 0) ? [socket] : []));
      });
    };
    subscribe('net.client.socket', onSocket);
    onTestFinished(() => void unsubscribe('net.client.socket', onSocket));
    expect(await check()).toEqual([]);
    expect(sockets.length).toBeGreaterThanOrEqual(4);
    expect(sockets.filter(({ destroyed }) => !destroyed)).toEqual([]);
  });

  it('names each broker that cannot be used at its address, and why', () =>
    inVirtualTime(async () => {
      const { check, cluster } = await setUp((broker, apiKey) =>
        broker === 3 && apiKey === metadata ? nameCluster('another') : {},
      );
      const { port } = cluster.broker(3);
      Object.assign(cluster.broker(2), { port: 1 });
      expect(await check()).toEqual([
        {
          area: 'store',
          verdict: 'error',
          text: expect.stringMatching(
            /^Kafka broker 2 at 127\.0\.0\.1:1: connect ECONNREFUSED .*: the brokers advertise/,
          ),
        },
        {
          area: 'store',
          verdict: 'error',
          text: `Kafka broker 3 at 127.0.0.1:${port}: a broker of the cluster another responds at this address, but the other brokers belong to the cluster simulated. Check advertised.listeners of the brokers`,
        },
      ]);
    }));

  it.each([
    ['the first broker', 1],
    ['another one', 2],
  ])('compares no clusters when %s does not tell its own', (_who, silent) =>
    inVirtualTime(async () => {
      const { check } = await setUp((broker, apiKey) =>
        broker === silent && apiKey === metadata ? nameCluster('') : {},
      );
      expect(await check()).toEqual([]);
    }),
  );

  it('waits for a broker as long as connections may take', () =>
    inVirtualTime(async () => {
      const { check } = await setUp((broker, apiKey) => ({
        isSilent: broker === 2 && apiKey === apiVersions,
      }));
      const text = expect.stringMatching(
        /^Kafka broker 2 at .*: no connection was established within 2000 ms: /,
      );
      expect(await check()).toEqual([{ area: 'store', verdict: 'error', text }]);
    }));

  it('names the topic that a missing one was meant to be', () =>
    inVirtualTime(async () => {
      const { cluster, connection } = await startModelCluster(1);
      cluster.addTopic({ name: 'evnets', partitionCount: 1 });
      const results = await checkTopics({ ...options, connection, logger: createLogger('silent') });
      expect(results.map(({ text }) => text)).toContainEqual(expect.stringContaining('Did you mean evnets?'));
    }));
});
