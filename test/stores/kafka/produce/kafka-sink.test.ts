import { expect, test, vi } from 'vitest';
import { systemClock as clock } from '../../../../src/runtime/clock.ts';
import { createLogger } from '../../../../src/runtime/logger.ts';
import { createClusterReader } from '../../../../src/stores/kafka/cluster/cluster-reader.ts';
import type { ClusterView } from '../../../../src/stores/kafka/cluster/cluster-view.ts';
import { ConnectionError } from '../../../../src/stores/kafka/cluster/errors/connection-error.ts';
import {
  createKafkaSink,
  defaultProduceSettings as settings,
} from '../../../../src/stores/kafka/produce/kafka-sink.ts';
import { createFakeBrokers, toFailed } from '../../../support/fake-connection.ts';
import { useFakeTimers } from '../../../support/fake-timers.ts';
import { recordMetrics } from '../../../support/kafka-sink.ts';

const budgetMs = 8_000;
const refusal = Object.assign(new Error('x'), { name: 'KafkaJSSASLAuthenticationError' });
const record = { topic: 'events', key: 'k', value: Buffer.from('{}'), headers: {} };

function toView(leader: number): ClusterView {
  const partitions = [{ leader, replicas: [1], inSyncCount: leader < 0 ? 0 : 1 }];
  return {
    clusterId: 'first',
    brokers: new Map([1, 2].map((broker) => [broker, { host: `broker-${broker}`, port: 9092 }])),
    topics: new Map([['events', { errorCode: 0, partitions }]]),
  };
}

useFakeTimers();

function createSink() {
  const brokers = createFakeBrokers();
  brokers.onDescribe = async () => toView(1);
  const metrics = recordMetrics();
  const sink = createKafkaSink({
    topics: [{ topic: 'events', role: 'events', largestValueBytes: 1_024 }],
    pairs: [],
    openConnection: brokers.openConnection,
    reader: createClusterReader({ bootstrap: ['bootstrap:9092'], ...brokers, hedgeMs: settings.hedgeMs }),
    settings,
    clock,
    metrics,
    logger: createLogger('silent'),
  });
  return { brokers, metrics, sink };
}

/** A started sink whose only partition has just lost its leader. */
async function startWithoutLeader() {
  const { brokers, sink } = createSink();
  const starting = sink.start();
  await vi.advanceTimersByTimeAsync(100);
  await starting;
  brokers.onDescribe = async () => toView(-1);
  // Only one metadata response without a leader is processed, because the circuit of the partition opens after several
  // such responses.
  await vi.advanceTimersByTimeAsync(settings.refreshMs.unhealthy);
  function append() {
    const startedAt = clock.now();
    return sink.append([record], clock.now() + budgetMs).then(
      () => 'stored',
      (error: unknown) => `${(error as { code: string }).code} after ${clock.now() - startedAt} ms`,
    );
  }
  return { brokers, sink, append };
}

test('a partition without a leader refuses at once when no broker answers any more', async () => {
  const { brokers, sink, append } = await startWithoutLeader();
  const gone = () => Promise.reject(new ConnectionError('connection', 'refused'));
  brokers.onConnect = gone;
  brokers.onDescribe = gone;
  await vi.advanceTimersByTimeAsync(settings.refreshMs.unhealthy + 10);
  const answer = append();
  await vi.advanceTimersByTimeAsync(budgetMs);
  expect(await answer).toBe('sink_unavailable after 0 ms');
  await sink.close();
});

test('while brokers answer, what comes during an election waits for the new leader', async () => {
  const { brokers, sink, append } = await startWithoutLeader();
  const answer = append();
  await vi.advanceTimersByTimeAsync(settings.refreshMs.unhealthy);
  brokers.onDescribe = async () => toView(1);
  await vi.advanceTimersByTimeAsync(settings.refreshMs.unhealthy + 10);
  (await brokers.nextProduce()).store();
  expect(await answer).toBe('stored');
  await sink.close();
});

test('a partition whose leader is known takes records however the others fare: its lane knows better', async () => {
  const { brokers, sink, append } = await startWithoutLeader();
  brokers.onDescribe = async () => toView(1);
  await vi.advanceTimersByTimeAsync(settings.refreshMs.unhealthy + 10);
  brokers.onDescribe = () => Promise.reject(new ConnectionError('timeout', 'late'));
  await vi.advanceTimersByTimeAsync(settings.refreshMs.healthy * 2);
  const answer = append();
  await vi.advanceTimersByTimeAsync(10);
  (await brokers.nextProduce()).store();
  expect(await answer).toBe('stored');
  await sink.close();
});

test('a batch that hangs at a broker goes to the next leader soon, though its connection does not end', async () => {
  const { brokers, metrics, sink } = createSink();
  void sink.start();
  // After this wait, the cluster counts as healthy, so the next metadata request is due much later.
  await vi.advanceTimersByTimeAsync(settings.refreshMs.unhealthy + 100);
  const appended = sink.append([record], clock.now() + budgetMs);
  await vi.advanceTimersByTimeAsync(10);
  const hanging = await brokers.nextProduce();
  let asked = 0;
  brokers.onDescribe = async () => {
    asked += 1;
    return toView(2);
  };
  await vi.advanceTimersByTimeAsync(settings.slowFlushMs - 100);
  expect(asked).toBe(0);
  await vi.advanceTimersByTimeAsync(100 + settings.refreshMs.unhealthy);
  expect(brokers.waiting).toBe(1);
  const repeated = await brokers.nextProduce();
  expect([hanging, repeated].map(({ connection }) => connection.address.host)).toEqual([
    'broker-1',
    'broker-2',
  ]);
  repeated.store();
  expect(await appended).toEqual([]);
  expect(metrics.events.filter(([name]) => name === 'retried')).toEqual([['retried', 'leader_moved', 1]]);
  hanging.fail('timeout');
  await sink.close();
});

test('gives the topics their partitions and settings, and then follows their leaders', async () => {
  const { brokers, metrics, sink } = createSink();
  void sink.start();
  expect(sink.health()).toEqual({ up: false, detail: 'the topics have not been checked yet' });
  await vi.advanceTimersByTimeAsync(10);
  expect(sink.health().up).toBe(true);
  expect(metrics.count('durabilityChecked', 'events')).toBe(1);
  expect(sink.status?.().notice).toBeUndefined();
  brokers.onDescribe = async () => ({ ...toView(2), clusterId: 'second' });
  await vi.advanceTimersByTimeAsync(settings.refreshMs.healthy + 10);
  expect(sink.status?.().notice).toContain('its id is second, but at the start the id was first');
  const appended = sink.append([record], clock.now() + budgetMs);
  await vi.advanceTimersByTimeAsync(10);
  const produced = await brokers.nextProduce();
  expect(produced.connection.address.host).toBe('broker-2');
  produced.store();
  await appended;
  await sink.close();
  await vi.advanceTimersByTimeAsync(50);
  expect(vi.getTimerCount()).toBe(0);
  expect(brokers.connections.every((connection) => connection.isClosed())).toBe(true);
});

test('names the brokers of the configuration while none answers', async () => {
  const { brokers, sink } = createSink();
  brokers.onConnect = () => Promise.reject(new ConnectionError('connection', 'refused'));
  void sink.start();
  await vi.advanceTimersByTimeAsync(10);
  expect(sink.health().detail).toContain('bootstrap:9092');
  brokers.onConnect = () => Promise.resolve();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(sink.health()).toEqual({ up: true, detail: '' });
  await sink.close();
});

test.each([
  ['connect', new ConnectionError('authentication', 'refused', { cause: refusal })],
  ['find the topic', undefined],
])('a sink that cannot %s says that this does not pass by itself', async (_what, error) => {
  const { brokers, sink } = createSink();
  brokers.onDescribe = async () => ({
    ...toView(1),
    topics: new Map([['events', { errorCode: 3, partitions: [] }]]),
  });
  brokers.onConnect = async () => {
    if (error !== undefined) {
      throw error;
    }
  };
  void sink.start().catch(() => {});
  await vi.advanceTimersByTimeAsync(10);
  expect(sink.health()).toMatchObject({ up: false, isFinal: true });
  await sink.close();
});

test('a topic none of whose partitions can be reached says why, until one can', async () => {
  const { brokers, sink } = createSink();
  brokers.onConnect = async ({ host }) => {
    if (host === 'broker-1') {
      throw new ConnectionError('connection', 'refused');
    }
  };
  void sink.start();
  await vi.advanceTimersByTimeAsync(10);
  expect(sink.health().detail).toBe('no partition of events accepts records: broker broker-1:9092: refused');
  brokers.onConnect = () => Promise.resolve();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(sink.health()).toEqual({ up: true, detail: '' });
  await sink.close();
});

test('a partition that refuses records is tried again within seconds, each time', async () => {
  const notEnoughReplicas = 19;
  const { brokers, sink } = createSink();
  void sink.start();
  await vi.advanceTimersByTimeAsync(100);
  const waits: number[] = [];
  let answered = 0;
  let refusedSince: number | undefined;
  for (let passedMs = 0; waits.length < 5 && passedMs < 120_000; passedMs += 50) {
    if (sink.status?.().topics.find(({ topic }) => topic === 'events')?.problem === undefined) {
      if (refusedSince !== undefined) {
        waits.push(clock.now() - refusedSince);
        refusedSince = undefined;
      }
      sink.append([record], clock.now() + 10_000).catch(() => {});
    } else {
      refusedSince ??= clock.now();
    }
    await vi.advanceTimersByTimeAsync(50);
    while (brokers.waiting > 0) {
      const { batches, answer } = await brokers.nextProduce();
      answer(batches.map((batch) => toFailed(batch, notEnoughReplicas)));
      answered += 1;
    }
    await vi.advanceTimersByTimeAsync(0);
  }
  const closing = sink.close();
  await vi.advanceTimersByTimeAsync(11_000);
  await closing;
  expect(answered).toBeGreaterThan(5);
  expect(waits).toHaveLength(5);
  const { circuit, refreshMs } = settings;
  expect(Math.max(...waits)).toBeLessThanOrEqual(circuit.probeDelayMs.last + refreshMs.unhealthy + 100);
});

test('a view without partitions that there were is doubted: another broker is asked at once, and then as rarely as before', async () => {
  const { brokers, sink } = createSink();
  const starting = sink.start();
  await vi.advanceTimersByTimeAsync(100);
  await starting;
  let asked = 0;
  brokers.onDescribe = async () => {
    asked += 1;
    return asked === 1
      ? { ...toView(1), topics: new Map([['events', { errorCode: 0, partitions: [] }]]) }
      : toView(1);
  };
  await vi.advanceTimersByTimeAsync(settings.refreshMs.healthy + settings.refreshMs.min);
  expect(asked).toBe(2);
  await sink.close();
});
