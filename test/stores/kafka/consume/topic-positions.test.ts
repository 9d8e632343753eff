import { describe, expect, test } from 'vitest';
import { partitionFor } from '../../../../src/stores/append/partition-for.ts';
import type { KafkaClient } from '../../../../src/stores/kafka/cluster/client/kafka-client.ts';
import { offsetTimes } from '../../../../src/stores/kafka/cluster/client/list-offsets.ts';
import {
  maxClockSkewMs,
  type PartitionReadPosition,
  type PositionOptions,
  TopicPositions,
} from '../../../../src/stores/kafka/consume/topic-positions.ts';
import { createFakeKafkaRoutes } from '../../../support/fake-kafka-routes.ts';

const partitionView = { leader: 1, replicas: [1], inSyncCount: 1 };

/**
 * Creates a cluster whose logs have the offsets 100 to 199, with one record per second from time 0. Tests may change
 * these values.
 */
function createCluster() {
  const cluster = {
    partitions: 2,
    topicId: 'first' as string | undefined,
    low: 100,
    high: 200,
    /** Offset from which an open transaction hides the records. `undefined` if no transaction is open. */
    written: undefined as number | undefined,
    forgotten: 0,
    whileEndIsAsked: async () => {},
    notices: [] as string[],
    begun: [] as unknown[],
  };
  const reader = {
    async endOf() {
      await cluster.whileEndIsAsked();
      return cluster.written ?? cluster.high;
    },
    async offsetAt(_of: object, timeMs: number) {
      const { low, high } = cluster;
      if (timeMs < 0) {
        return timeMs === offsetTimes.earliest ? low : high;
      }
      const offset = low + Math.ceil(timeMs / 1_000);
      return offset < high ? offset : -1;
    },
  };
  const routes = createFakeKafkaRoutes({
    partitionCountOf: async () => cluster.partitions,
    async topicViewOf() {
      const { topicId, partitions } = cluster;
      return topicId === undefined
        ? undefined
        : { errorCode: 0, topicId, partitions: Array.from({ length: partitions }, () => partitionView) };
    },
    forget() {
      cluster.forgotten += 1;
    },
  });
  const open = (options: Partial<PositionOptions> = {}) =>
    TopicPositions.open({ reader, routes } as unknown as KafkaClient, 'events', {
      role: 'events',
      topics: [],
      follow: false,
      observer: {
        onStart: (...args) => void cluster.begun.push(args),
        onProgress: () => {},
        onWarning: (text) => void cluster.notices.push(text),
      },
      ...options,
    });
  return { cluster, open };
}

const placesOf = ({ open }: TopicPositions) =>
  open.map(({ partition, offset, end }) => [partition, offset, end]);

/** Returns the position of a reader that follows the only partition and has read up to this offset. */
async function followTo(offset: number, cluster = createCluster()) {
  cluster.cluster.partitions = 1;
  const positions = await cluster.open({ follow: true, sinceMs: 0 });
  const [position] = positions.open as [PartitionReadPosition];
  position.readTo(offset);
  return { ...cluster, positions, position };
}

describe('what is read when it begins', () => {
  test('with a time: from its first record on, to the end as it is now', async () => {
    const { cluster, open } = createCluster();
    expect(placesOf(await open({ sinceMs: 30_000 }))).toEqual([
      [0, 130, 200],
      [1, 130, 200],
    ]);
    expect(cluster.begun[0]).toEqual(['events/0 from offset 130 to 200', 70]);
  });

  test('without one nothing that is there, and what comes when it follows', async () => {
    const { cluster, open } = createCluster();
    expect(placesOf(await open())).toEqual([]);
    expect(placesOf(await open({ follow: true }))).toEqual([
      [0, 200, Number.POSITIVE_INFINITY],
      [1, 200, Number.POSITIVE_INFINITY],
    ]);
    expect(cluster.begun.at(-1)).toEqual(['events/1 from offset 200', 0]);
  });

  test('up to a time, and as far behind it as clocks differ', async () => {
    const { cluster, open } = createCluster();
    cluster.high = 5_000;
    const [position] = (await open({ sinceMs: 0, untilMs: 10_000 })).open;
    expect(position?.end).toBe(100 + (10_000 + maxClockSkewMs) / 1_000);
  });

  test('of keys only their partitions, but of dead letters, which have none, all', async () => {
    const { open } = createCluster();
    const partition = partitionFor('k', 2);
    const since = { sinceMs: 0, keys: new Set(['k']) };
    expect(placesOf(await open(since))).toEqual([[partition, 100, 200]]);
    expect(placesOf(await open({ ...since, role: 'dead-letter' }))).toHaveLength(2);
  });

  test('with ranges these alone', async () => {
    const { open } = createCluster();
    const ranges = new Map([['events/1', { from: 110, to: 120 }]]);
    expect(placesOf(await open({ sinceMs: 0, ranges }))).toEqual([[1, 110, 120]]);
  });
});

describe('when a log does not have the offset', () => {
  test('what retention has removed is skipped, and said', async () => {
    const { cluster, open } = createCluster();
    const positions = await open({ sinceMs: 0 });
    const [position] = positions.open as [PartitionReadPosition];
    cluster.low = 150;
    await positions.recover(position);
    expect(position.offset).toBe(150);
    expect(cluster.notices).toEqual([
      'events/0: retention removed the records from offset 100 to 149 before they were read.',
    ]);
  });

  test('a log that ends before what was to be read ends the reading, if it does not follow', async () => {
    const { cluster, open } = createCluster();
    const positions = await open({ sinceMs: 0 });
    const [position] = positions.open as [PartitionReadPosition];
    position.readTo(180);
    cluster.high = 150;
    await expect(positions.recover(position)).rejects.toThrow(
      'events/0 now ends before offset 180, which is the next offset to read',
    );
  });

  test('somebody who follows goes on where a log ends that was cut back, and one that has grown again is read on', async () => {
    const { cluster, positions, position } = await followTo(180);
    Object.assign(cluster, { low: 180, high: 180 });
    await positions.recover(position);
    expect([positions.has(position), cluster.notices]).toEqual([true, []]);
    Object.assign(cluster, { low: 100, high: 170 });
    await positions.recover(position);
    expect(placesOf(positions)).toEqual([[0, 170, Number.POSITIVE_INFINITY]]);
    expect(positions.has(position)).toBe(false);
    expect(cluster.notices).toEqual([
      expect.stringContaining(
        'was truncated to offset 170, for example after an unclean leader election. The records from offset 170 to 179',
      ),
    ]);
  });
});

test('the end of a topic that was recreated meanwhile is not where a log was cut back', async () => {
  const { cluster, positions, position } = await followTo(180);
  cluster.whileEndIsAsked = async () => {
    Object.assign(cluster, { topicId: 'second', high: 120 });
    await positions.refresh();
  };
  await positions.recover(position);
  expect(placesOf(positions)).toEqual([[0, 0, Number.POSITIVE_INFINITY]]);
  expect(cluster.notices).toEqual([expect.stringMatching(/was recreated/)]);
});

describe('a topic that somebody follows', () => {
  test('and that was recreated is read from its beginning', async () => {
    const { cluster, positions, position } = await followTo(180);
    cluster.topicId = 'second';
    await positions.refresh();
    await positions.refresh();
    expect(placesOf(positions)).toEqual([[0, 0, Number.POSITIVE_INFINITY]]);
    expect(positions.has(position)).toBe(false);
    expect(cluster.notices).toEqual(['The topic events was recreated. Reading from the start.']);
  });

  test('and that has more partitions is read in these from their beginning', async () => {
    const { cluster, positions, position } = await followTo(180);
    cluster.partitions = 2;
    await positions.refresh();
    expect(placesOf(positions)).toEqual([
      [0, 180, Number.POSITIVE_INFINITY],
      [1, 0, Number.POSITIVE_INFINITY],
    ]);
    expect(positions.has(position)).toBe(true);
    expect(cluster.begun.at(-1)).toEqual(['events/1', undefined]);
  });

  test('and that is gone is waited for', async () => {
    const { cluster, positions, position } = await followTo(180);
    cluster.topicId = undefined;
    await positions.refresh();
    expect([positions.has(position), cluster.notices]).toEqual([true, []]);
  });
});
