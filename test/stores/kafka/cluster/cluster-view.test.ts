import { describe, expect, it } from 'vitest';
import { toClusterView } from '../../../../src/stores/kafka/cluster/cluster-view.ts';

describe('toClusterView', () => {
  it('keeps what is known of good partitions beside bad ones and bad topics', () => {
    const view = toClusterView({
      brokers: [{ nodeId: 1, host: 'a', port: 9092 }],
      topicMetadata: [
        { topic: 'missing', topicErrorCode: 3, partitionMetadata: [] },
        {
          topic: 'events',
          topicErrorCode: 0,
          partitionMetadata: [
            { partitionId: 2, leader: -1, replicas: [2], isr: [2] },
            { partitionId: 0, leader: 1, leaderEpoch: 7, replicas: [1, 2, 3], isr: [1, 3] },
            { partitionId: 1, leader: 2, replicas: [2, 1], isr: [2] },
          ],
        },
      ],
    });
    expect(view.brokers).toEqual(new Map([[1, { host: 'a', port: 9092 }]]));
    expect(view.topics.get('missing')).toEqual({ errorCode: 3, partitions: [] });
    expect(view.topics.get('events')?.partitions).toEqual([
      { leader: 1, replicas: [1, 2, 3], inSyncCount: 2, leaderEpoch: 7 },
      // Broker 2 is not in the list of live brokers.
      { leader: -1, replicas: [2, 1], inSyncCount: 1 },
      { leader: -1, replicas: [2], inSyncCount: 1 },
    ]);
  });

  it('has no controller when the broker names none, or one that is not alive', () => {
    const controllerOf = (controllerId: number) =>
      toClusterView({ brokers: [{ nodeId: 1, host: 'a', port: 9092 }], controllerId, topicMetadata: [] })
        .controllerId;
    expect([1, 2, -1].map(controllerOf)).toEqual([1, undefined, undefined]);
  });

  it('takes partitions that the answer skips as partitions without a leader', () => {
    const view = toClusterView({
      brokers: [{ nodeId: 1, host: 'a', port: 9092 }],
      topicMetadata: [
        {
          topic: 'events',
          topicErrorCode: 0,
          partitionMetadata: [{ partitionId: 5, leader: 1, replicas: [1], isr: [1] }],
        },
      ],
    });
    const partitions = view.topics.get('events')?.partitions ?? [];
    expect(partitions.map(({ leader }) => leader)).toEqual([-1, -1, -1, -1, -1, 1]);
  });
});
