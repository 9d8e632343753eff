import { describe, expect, it, vi } from 'vitest';
import { systemClock as clock } from '../../../../src/runtime/clock.ts';
import type { ClusterView } from '../../../../src/stores/kafka/cluster/cluster-view.ts';
import { DurabilityWatch } from '../../../../src/stores/kafka/produce/durability-watch.ts';
import { defaultProduceSettings as settings } from '../../../../src/stores/kafka/produce/kafka-sink.ts';
import { Topic } from '../../../../src/stores/kafka/produce/topic.ts';
import { captureLog } from '../../../support/captured-log.ts';
import { useFakeTimers } from '../../../support/fake-timers.ts';
import { recordMetrics } from '../../../support/kafka-sink.ts';

const good = new Map([
  ['min.insync.replicas', '2'],
  ['max.message.bytes', '2000000'],
  ['cleanup.policy', 'delete'],
  ['retention.ms', '-1'],
  ['unclean.leader.election.enable', 'false'],
]);
const compacted = new Map([...good, ['cleanup.policy', 'compact']]);

function toView(partitionCount: number): ClusterView {
  const partition = { leader: 1, replicas: [1, 2, 3], inSyncCount: 3 };
  const partitions = Array.from({ length: partitionCount }, () => partition);
  return { brokers: new Map(), topics: new Map([['dead', { errorCode: 0, partitions }]]) };
}

function setUp() {
  const { logger, lines } = captureLog();
  const metrics = recordMetrics();
  const topic = new Topic(
    { topic: 'dead', role: 'dead_letter', largestValueBytes: 1024 },
    { settings, clock, logger, watcher: { refresh: () => undefined } },
  );
  const cluster = {
    configs: good as ReadonlyMap<string, string> | Error,
    answered: Promise.resolve(),
    reads: 0,
    healthy: true,
  };
  const watch = new DurabilityWatch({
    topics: new Map([['dead', topic]]),
    isHealthy: () => cluster.healthy,
    reader: {
      async describeTopic() {
        cluster.reads += 1;
        await cluster.answered;
        if (cluster.configs instanceof Error) {
          throw cluster.configs;
        }
        return cluster.configs;
      },
    },
    intervalMs: settings.durabilityCheckMs,
    metrics,
    clock,
    logger,
  });
  async function apply(partitionCount: number): Promise<void> {
    topic.applyView(toView(partitionCount).topics.get('dead'));
    watch.applyView(toView(partitionCount));
    await vi.advanceTimersByTimeAsync(0);
  }
  return { watch, topic, cluster, metrics, lines, apply };
}

describe('durability watch', () => {
  useFakeTimers();

  it('checks at the first view and when partitions come, otherwise every minute', async () => {
    const { watch, topic, cluster, metrics, apply } = setUp();
    expect(watch.isDone()).toBe(false);
    expect(topic.validation()).toBeUndefined();
    await apply(1);
    expect(watch.isDone()).toBe(true);
    expect(metrics.events).toEqual([['durabilityChecked', 'dead', 'ok']]);
    expect(topic.queues[0]?.maxBatchBytes).toBe(2_000_000 - 128);
    await apply(1);
    expect(cluster.reads).toBe(1);
    await apply(2);
    expect(cluster.reads).toBe(2);
    expect(topic.queues[1]?.maxBatchBytes).toBe(2_000_000 - 128);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(cluster.reads).toBe(3);
    watch.stop();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('stops a topic with an error, logs it once, and lets it be written again when it is gone', async () => {
    const { watch, topic, cluster, lines, apply } = setUp();
    cluster.configs = compacted;
    await apply(1);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(topic.problem()).toBe(
      'dead: cleanup.policy is compact: the topic rejects dead letters, because they have no key.',
    );
    expect(topic.validation()).toMatchObject({ verdict: 'error', findings: [{ verdict: 'error' }] });
    expect(lines.filter(({ level }) => level === 'error')).toMatchObject([
      { topic: 'dead', verdict: 'error' },
    ]);
    cluster.configs = good;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(topic.problem()).toBeUndefined();
    expect(topic.validation()).toEqual({ verdict: 'ok', findings: [] });
    watch.stop();
  });

  it('leaves it to the view to say that a topic does not exist, and tells of it when it was made', async () => {
    const { watch, metrics, lines, apply } = setUp();
    await apply(0);
    expect(metrics.events).toEqual([['durabilityChecked', 'dead', 'error']]);
    expect(lines.filter(({ level }) => level === 'error')).toHaveLength(1);
    await apply(1);
    expect(lines.at(-1)).toMatchObject({ topic: 'dead', msg: 'the Kafka topic is durable' });
    watch.stop();
  });

  it('checks at each view, at most every two seconds, while a partition takes no records', async () => {
    const { watch, cluster, apply } = setUp();
    await vi.advanceTimersByTimeAsync(10_000);
    await apply(1);
    cluster.healthy = false;
    await vi.advanceTimersByTimeAsync(1999);
    await apply(1);
    expect(cluster.reads).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    await apply(1);
    expect(cluster.reads).toBe(2);
    watch.stop();
  });

  it('checks one time after the other, and no more once it is stopped', async () => {
    const { watch, cluster, apply } = setUp();
    const answer = Promise.withResolvers<void>();
    cluster.answered = answer.promise;
    await apply(1);
    await apply(2);
    expect(cluster.reads).toBe(1);
    watch.stop();
    answer.resolve();
    await vi.advanceTimersByTimeAsync(0);
    expect([watch.isDone(), vi.getTimerCount()]).toEqual([true, 0]);
  });

  it('checks again soon after a failure, which it tells who looks for it', async () => {
    const { watch, cluster, metrics, lines, apply } = setUp();
    cluster.configs = new Error('away');
    await apply(1);
    expect(watch.isDone()).toBe(true);
    expect(metrics.events).toEqual([]);
    expect(lines.at(-1)).toMatchObject({ level: 'debug', err: { message: 'away' } });
    cluster.configs = good;
    await vi.advanceTimersByTimeAsync(2000);
    expect(metrics.events).toEqual([['durabilityChecked', 'dead', 'ok']]);
    watch.stop();
  });
});
