import { describe, expect, it } from 'vitest';
import type { TopicView } from '../../../src/kafka/cluster/cluster-view.ts';
import { defaultProduceSettings } from '../../../src/kafka/produce/produce-settings.ts';
import { createTopicQueues } from '../../../src/kafka/produce/topic-queues.ts';
import { createTopicWatch } from '../../../src/kafka/produce/topic-watch.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { createLogger } from '../../../src/runtime/logger.ts';

const gone: TopicView = { errorCode: 3, partitions: [] };
const withPartitions = (count: number): TopicView => ({
  errorCode: 0,
  partitions: Array.from({ length: count }, () => ({ leader: 1, replicas: [1, 2, 3], inSyncCount: 3 })),
});

function setUp() {
  const logger = createLogger('silent');
  const queues = createTopicQueues({
    topic: 'events',
    settings: defaultProduceSettings,
    clock: systemClock,
    logger,
    onTrouble: () => undefined,
    onChange: () => undefined,
  });
  return createTopicWatch({ queues, logger });
}

describe('topic watch', () => {
  it('says at once that a topic which was never seen does not exist', () => {
    const watch = setUp();
    expect(watch.see(gone)).toBe(true);
    expect(watch.problem()).toContain('the topic events does not exist');
  });

  it('takes up the topic when it appears, and more partitions when it grows', () => {
    const watch = setUp();
    watch.see(gone);
    watch.see(withPartitions(3));
    expect(watch.problem()).toBeUndefined();
    const before = [...watch.queues.queues];
    expect(watch.see(withPartitions(6))).toBe(true);
    expect(watch.queues.queues).toHaveLength(6);
    expect(watch.queues.queues.slice(0, 3)).toEqual(before);
  });

  it('doubts a broker that no longer knows the topic, until others agree', () => {
    const watch = setUp();
    watch.see(withPartitions(3));
    expect(watch.see(gone)).toBe(false);
    expect(watch.see(undefined)).toBe(false);
    expect(watch.problem()).toBeUndefined();
    expect(watch.see(gone)).toBe(true);
    expect(watch.problem()).toContain('does not exist');
  });

  it('doubts a broker that knows fewer partitions: a key must not move back and forth', () => {
    const watch = setUp();
    watch.see(withPartitions(6));
    expect(watch.see(withPartitions(3))).toBe(false);
    expect(watch.see(withPartitions(6))).toBe(true);
    expect(watch.see(withPartitions(3))).toBe(false);
    expect(watch.see(withPartitions(3))).toBe(false);
    expect(watch.queues.queues).toHaveLength(6);
    expect(watch.see(withPartitions(3))).toBe(true);
    expect(watch.queues.queues).toHaveLength(3);
  });

  it('names missing rights and unready topics', () => {
    const watch = setUp();
    watch.see({ errorCode: 29, partitions: [] });
    expect(watch.problem()).toContain('access to the topic events is denied');
    watch.see({ errorCode: 5, partitions: [] });
    expect(watch.problem()).toContain('not ready (code 5)');
  });
});
