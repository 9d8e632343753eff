import { expect, test } from 'vitest';
import { startWorld } from '../world/world.ts';
import { KafkaCluster } from './kafka-cluster.ts';

/** Time after which every broker has received all metadata changes. */
const newsMs = 400;

test.each([1, 2, 3, 4, 5, 6, 7, 8])(
  'a broker never learns of an election after a later one (seed %i)',
  async (seed) => {
    using world = startWorld(seed);
    const cluster = new KafkaCluster({ world, brokerCount: 3, listen: () => () => undefined });
    const topic = cluster.addTopic({ name: 'events', partitionCount: 1 });
    const known = () =>
      cluster.brokers.map(({ view }) => view.topics.get('events')?.partitions[0]?.leaderEpoch);

    let before = known();
    for (let elections = 0; elections < 3; elections += 1) {
      cluster.controller.moveLeaders(topic.partitions);
      await world.runFor(20);
    }
    for (let waitedMs = 0; waitedMs < newsMs; waitedMs += 1) {
      const now = known();
      expect(now.every((epoch = 0, broker) => epoch >= (before[broker] ?? 0))).toBe(true);
      before = now;
      await world.runFor(1);
    }
    expect(known()).toEqual([3, 3, 3]);
  },
);
