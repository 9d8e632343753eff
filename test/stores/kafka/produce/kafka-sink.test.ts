import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { systemClock as clock } from '../../../../src/runtime/clock.ts';
import { createLogger } from '../../../../src/runtime/logger.ts';
import type { ClusterView } from '../../../../src/stores/kafka/cluster/cluster-view.ts';
import { ConnectionError } from '../../../../src/stores/kafka/cluster/errors/connection-error.ts';
import { createKafkaSink } from '../../../../src/stores/kafka/produce/kafka-sink.ts';
import { defaultProduceSettings as settings } from '../../../../src/stores/kafka/produce/produce-settings.ts';
import { createFakeBrokers } from '../../../support/fake-connection.ts';
import { recordMetrics } from '../../../support/kafka-sink.ts';

const budgetMs = 8_000;
const record = { topic: 'events', key: 'k', value: Buffer.from('{}'), headers: {} };

function toView(leader: number): ClusterView {
  const partitions = [{ leader, replicas: [1], inSyncCount: leader < 0 ? 0 : 1 }];
  return {
    brokers: new Map([[1, { host: 'broker-1', port: 9092 }]]),
    topics: new Map([['events', { errorCode: 0, partitions }]]),
  };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A started sink whose only partition has just lost its leader. */
async function startWithoutLeader() {
  const brokers = createFakeBrokers();
  brokers.onDescribe = async () => toView(1);
  const sink = createKafkaSink({
    connection: { brokers: ['bootstrap:9092'], clientId: 'test' },
    topics: [{ topic: 'events', role: 'events', largestValueBytes: 1_024 }],
    openConnection: brokers.openConnection,
    settings,
    clock,
    metrics: recordMetrics(),
    logger: createLogger('silent'),
    random: () => 0,
  });
  const starting = sink.start();
  await vi.advanceTimersByTimeAsync(100);
  await starting;
  brokers.onDescribe = async () => toView(-1);
  // One view: with several the partition counts as stopped by itself.
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
