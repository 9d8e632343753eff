import { expect, test } from 'vitest';
import { createPartitionQueue } from '../../../src/kafka/produce/create-partition-queue.ts';
import { defaultProduceSettings } from '../../../src/kafka/produce/produce-settings.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { enqueue } from '../../support/queued-records.ts';

test('fails what waits when its circuit opens, asks for a new view each time, and logs each change once', async () => {
  const clock = createFakeClock();
  const calls: string[] = [];
  const queue = createPartitionQueue({
    topic: 'events',
    partition: 3,
    maxBatchBytes: 1000,
    settings: defaultProduceSettings,
    clock,
    log: {
      stopped: (partition, reason) => calls.push(`stopped ${partition}: ${reason}`),
      recovered: (partition) => calls.push(`recovered ${partition}`),
    },
    refreshView: () => calls.push('refreshView'),
    onChange: () => undefined,
  });
  const append = enqueue(queue, ['a']);
  queue.problem = 'NOT_ENOUGH_REPLICAS (19)';
  queue.circuit.trip();
  await expect(append.promise).rejects.toThrow('Partition 3 of events takes no records.');
  clock.advance(queue.circuit.trialInMs());
  queue.circuit.admitTrial();
  queue.circuit.failure(clock.now());
  clock.advance(queue.circuit.trialInMs());
  queue.circuit.admitTrial();
  queue.circuit.success();
  expect(calls).toEqual(['refreshView', 'stopped 3: NOT_ENOUGH_REPLICAS (19)', 'refreshView', 'recovered 3']);
  expect(queue.maxBatchBytes).toBe(1000);
});
