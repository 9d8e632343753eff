import { expect, test } from 'vitest';
import { planSize } from './plan-size.ts';

const cost = { cpuUs: 50, bodyBytes: 900, logBytes: 1_300 };
const assumed = {
  ...{ coresAPod: 0.7, replicationFactor: 3, retentionDays: 7 },
  ...{ brokerMbPerSecond: 100, partitionMbPerSecond: 5 },
};

test('a hundred thousand events a second', () => {
  const size = planSize(100_000, cost, assumed);
  expect(size).toMatchObject({ cores: 5, pods: 9, partitions: 26, brokers: 5 });
  expect(size.inMbPerSecond).toBe(90);
  expect(size.toLeadersMbPerSecond).toBe(130);
  expect(size.writtenMbPerSecond).toBe(390);
  // 390 MB/s for seven days.
  expect(size.diskTb).toBeCloseTo(235.9, 1);
});

test('few events need no less than pods, partitions and brokers for one that is missing', () => {
  expect(planSize(10, cost, assumed)).toMatchObject({ pods: 2, partitions: 12, brokers: 3 });
});
