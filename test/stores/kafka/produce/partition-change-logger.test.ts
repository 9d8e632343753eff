import { expect, test, vi } from 'vitest';
import { systemClock as clock } from '../../../../src/runtime/clock.ts';
import { PartitionChangeLogger } from '../../../../src/stores/kafka/produce/partition-change-logger.ts';
import { captureLog } from '../../../support/captured-log.ts';
import { useFakeTimers } from '../../../support/fake-timers.ts';

useFakeTimers();

test('says what happens to many partitions in one line, and the next one five seconds later', async () => {
  const { logger, lines } = captureLog();
  const log = new PartitionChangeLogger({ topic: 'events', clock, logger });
  for (let partition = 999; partition >= 0; partition -= 1) {
    log.stopped(partition, partition === 7 ? 'NOT_ENOUGH_REPLICAS (19)' : undefined);
  }
  await vi.advanceTimersByTimeAsync(100);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatchObject({
    level: 'error',
    topic: 'events',
    count: 1000,
    reason: 'NOT_ENOUGH_REPLICAS (19)',
  });
  expect(lines[0]?.partitions).toEqual(Array.from({ length: 20 }, (_, partition) => partition));

  log.recovered(0);
  log.stopped(0, undefined);
  log.recovered(3);
  log.stopped(1001, undefined);
  log.recovered(1001);
  await vi.advanceTimersByTimeAsync(4800);
  expect(lines).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(200);
  expect(lines.slice(1)).toMatchObject([
    { level: 'error', count: 1, partitions: [0] },
    { level: 'info', count: 1, partitions: [3] },
  ]);
});

test('of partitions that only recovered it has no error', async () => {
  const { logger, lines } = captureLog();
  const log = new PartitionChangeLogger({ topic: 'events', clock, logger });
  log.recovered(3);
  await vi.advanceTimersByTimeAsync(100);
  log.stopped(5, undefined);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(lines.map(({ level, partitions }) => [level, partitions])).toEqual([
    ['info', [3]],
    ['error', [5]],
  ]);
});
