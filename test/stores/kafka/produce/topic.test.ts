import { describe, expect, it } from 'vitest';
import type { PartitionQueue, QueueSender } from '../../../../src/stores/append/partition-queue.ts';
import { QueueSet } from '../../../../src/stores/append/queue-set.ts';
import type { TopicView } from '../../../../src/stores/kafka/cluster/cluster-view.ts';
import { toTopicFacts } from '../../../../src/stores/kafka/cluster/topics/topic-facts.ts';
import { defaultProduceSettings } from '../../../../src/stores/kafka/produce/kafka-sink.ts';
import { Topic } from '../../../../src/stores/kafka/produce/topic.ts';
import { captureLog } from '../../../support/captured-log.ts';
import { createFakeClock } from '../../../support/fake-clock.ts';
import { createQueue, enqueue } from '../../../support/queued-records.ts';

const gone: TopicView = { errorCode: 3, partitions: [] };
const withPartitions = (count: number): TopicView => ({
  errorCode: 0,
  partitions: Array.from({ length: count }, () => ({ leader: 1, replicas: [1, 2, 3], inSyncCount: 3 })),
});

const deadline = 1_000_000;

function createSender(throttledUntil = 0): QueueSender {
  return {
    circuit: createQueue().circuit,
    isUsable: () => true,
    problem: () => undefined,
    throttledUntil: () => throttledUntil,
    wakeUp: () => undefined,
  };
}

function assignQueue(queue: PartitionQueue | undefined, sender: QueueSender): void {
  if (queue !== undefined) {
    queue.assign(sender);
  }
}

function setUp() {
  const { logger, lines } = captureLog();
  const clock = createFakeClock();
  const calls = { refreshes: 0 };
  const topic = new Topic(
    { topic: 'events', role: 'events', largestValueBytes: 1024 },
    {
      settings: defaultProduceSettings,
      clock,
      logger,
      watcher: {
        refresh() {
          calls.refreshes += 1;
        },
      },
    },
  );
  const queueSet = new QueueSet({
    topics: new Map([['events', topic]]),
    queueWord: 'partition',
    close: () => undefined,
  });
  const queueFor = (key: string | null, until: number) => queueSet.choose({ topic: 'events', key }, until);
  return { topic, queueFor, clock, lines, calls };
}

describe('topic', () => {
  it('says at once that a topic which was never seen does not exist', () => {
    const { topic } = setUp();
    expect(topic.applyView(gone)).toBe(true);
    expect(topic.problem()).toContain('the topic events does not exist');
    expect(topic.isFinal()).toBe(true);
  });

  it('takes up the topic when it appears, and more partitions when it grows', () => {
    const { topic } = setUp();
    topic.applyView(gone);
    topic.applyView(withPartitions(3));
    expect(topic.problem()).toBeUndefined();
    const before = [...topic.queues];
    expect(topic.applyView(withPartitions(6))).toBe(true);
    expect(topic.queues).toHaveLength(6);
    expect(topic.queues.slice(0, 3)).toEqual(before);
  });

  it('doubts a broker that no longer knows the topic, until others agree: then nothing waits', async () => {
    const { topic } = setUp();
    topic.applyView(withPartitions(3));
    expect(topic.applyView(gone)).toBe(false);
    expect(topic.applyView(undefined)).toBe(false);
    expect(topic.problem()).toBeUndefined();
    const [queue = createQueue()] = topic.queues;
    const waiting = enqueue(queue, ['x']).promise;
    expect(topic.applyView(gone)).toBe(true);
    expect(topic.problem()).toContain('does not exist');
    await expect(waiting).rejects.toMatchObject({ code: 'sink_unavailable' });
  });

  it('doubts a broker that knows fewer partitions: a key must not move back and forth', () => {
    const { topic } = setUp();
    topic.applyView(withPartitions(6));
    expect(topic.applyView(withPartitions(3))).toBe(false);
    expect(topic.applyView(withPartitions(6))).toBe(true);
    expect(topic.applyView(withPartitions(3))).toBe(false);
    expect(topic.applyView(withPartitions(3))).toBe(false);
    expect(topic.queues).toHaveLength(6);
    expect(topic.applyView(withPartitions(3))).toBe(true);
    expect(topic.queues).toHaveLength(3);
  });

  it('believes no loss of which each view says something else', () => {
    const { topic } = setUp();
    topic.applyView(withPartitions(5));
    for (const view of [gone, gone, withPartitions(4), withPartitions(4), withPartitions(3), gone]) {
      expect(topic.applyView(view)).toBe(false);
      expect(topic.queues).toHaveLength(5);
      expect(topic.problem()).toBeUndefined();
    }
  });

  it('names missing rights and unready topics', () => {
    const { topic } = setUp();
    expect(topic.isFinal()).toBe(false);
    topic.applyView({ errorCode: 29, partitions: [] });
    expect(topic.problem()).toContain('access to the topic events is denied');
    expect(topic.isFinal()).toBe(true);
    topic.applyView({ errorCode: 5, partitions: [] });
    expect(topic.problem()).toContain('not ready (code 5)');
    expect(topic.isFinal()).toBe(false);
  });

  it('gives each key the queue of one partition, and dead letters those that have a sender, in turn', () => {
    const { topic, queueFor } = setUp();
    topic.applyView(withPartitions(4));
    const queue = queueFor('k', deadline);
    expect(queueFor('k', deadline)).toBe(queue);
    for (const each of [topic.queues[1], topic.queues[3]]) {
      assignQueue(each, createSender());
    }
    const partitions = Array.from({ length: 4 }, () => queueFor(null, deadline).partition);
    expect(partitions.toSorted((a, b) => a - b)).toEqual([1, 1, 3, 3]);
  });

  it('refuses records while nothing is known of it, and while a setting makes every write impossible', () => {
    const { topic, queueFor } = setUp();
    expect(() => queueFor('k', deadline)).toThrow('the topic events has not been described yet');
    topic.applyView(withPartitions(1));
    const facts = toTopicFacts('events', withPartitions(1), new Map());
    topic.applyValidation(facts, {
      verdict: 'error',
      findings: [{ verdict: 'error', message: 'it is of no use.' }],
    });
    expect(() => queueFor('k', deadline)).toThrow('events: it is of no use.');
    topic.applyValidation(facts, { verdict: 'ok', findings: [] });
    expect(queueFor('k', deadline)).toBe(topic.queues[0]);
  });

  it('refuses records whose partition takes none, and those that a quota would keep beyond their deadline', () => {
    const { topic, queueFor } = setUp();
    topic.applyView(withPartitions(1));
    assignQueue(topic.queues[0], createSender(deadline));
    expect(() => queueFor('k', deadline)).toThrow('The producer quota for events is exhausted.');
    expect(queueFor('k', deadline + 1)).toBe(topic.queues[0]);
    topic.queues[0]?.circuit.trip();
    expect(() => queueFor('k', deadline)).toThrow('A partition of events accepts no records.');
  });

  it('asks for a new view each time that the circuit of a partition opens, and bounds its batches', () => {
    const { topic, clock, calls } = setUp();
    topic.applyView(withPartitions(1));
    const [queue] = topic.queues;
    queue?.circuit.trip();
    clock.advance(500);
    topic.applyView(withPartitions(1));
    queue?.circuit.failure(clock.now());
    expect(calls.refreshes).toBe(2);
    const facts = toTopicFacts('events', withPartitions(2), new Map([['max.message.bytes', '5000']]));
    topic.applyValidation(facts, { verdict: 'ok', findings: [] });
    topic.applyView(withPartitions(2));
    expect(topic.queues.map(({ maxBatchBytes }) => maxBatchBytes)).toEqual([4_872, 4_872]);
  });

  it('stops a partition that has no leader for three seconds, with or without traffic', () => {
    const { topic, clock } = setUp();
    const leaderless = { errorCode: 0, partitions: [{ leader: -1, replicas: [1, 2], inSyncCount: 0 }] };
    topic.applyView(leaderless);
    clock.advance(3000);
    topic.applyView(leaderless);
    expect(topic.queues[0]?.circuit.state()).toBe('open');
    clock.advance(500);
    topic.applyView(leaderless);
    expect(topic.queues[0]?.circuit.state()).toBe('open');
    clock.advance(2_000);
    topic.applyView({ errorCode: 0, partitions: [{ leader: 0, replicas: [0], inSyncCount: 1 }] });
    expect(topic.queues[0]?.circuit.state()).toBe('half_open');
  });

  it('tries a partition again once it has the in-sync replicas that the topic demands', () => {
    const { topic, clock } = setUp();
    const inSync = (inSyncCount: number) => ({
      errorCode: 0,
      partitions: [{ leader: 1, replicas: [1, 2, 3], inSyncCount }],
    });
    topic.applyView(inSync(3));
    const facts = toTopicFacts('events', inSync(3), new Map([['min.insync.replicas', '2']]));
    topic.applyValidation(facts, { verdict: 'ok', findings: [] });
    topic.queues[0]?.circuit.trip();
    clock.advance(500);
    topic.applyView(inSync(1));
    expect(topic.queues[0]?.circuit.state()).toBe('open');
    topic.applyView(inSync(2));
    expect(topic.queues[0]?.circuit.state()).toBe('half_open');
  });

  it('logs when it can be written, and when the number of its partitions changes', () => {
    const { topic, lines } = setUp();
    topic.applyView(gone);
    topic.applyView(withPartitions(3));
    topic.applyView(withPartitions(6));
    expect(lines).toMatchObject([
      { level: 'error', msg: expect.stringMatching(/^the topic events does not exist: check KAFKA_TOPIC, /) },
      { level: 'info', topic: 'events', partitions: 3, msg: 'the Kafka topic is writable' },
      { level: 'warn', from: 3, to: 6, msg: 'the number of partitions of a Kafka topic has changed' },
    ]);
  });
});
