import { createCircuit } from '../../append/circuit.ts';
import { PartitionQueue } from '../../append/partition-queue.ts';
import { SinkError } from '../../sink/sink.ts';
import type { PartitionLog } from './partition-log.ts';
import type { ProduceDeps } from './produce-deps.ts';

interface PartitionQueueOptions extends Omit<ProduceDeps, 'metrics' | 'logger'> {
  readonly topic: string;
  readonly partition: number;
  readonly maxBatchBytes: number;
  readonly log: PartitionLog;
}

/** A queue whose circuit fails what waits when it opens, and asks for a new view: only a view lets the next trial through. */
export function createPartitionQueue(options: PartitionQueueOptions): PartitionQueue {
  const { topic, partition, maxBatchBytes, settings, clock, log, refreshView, onChange } = options;
  const circuit = createCircuit({
    clock,
    settings: settings.circuit,
    onChange(state, previous) {
      if (state === 'open') {
        queue.failAll(
          new SinkError('sink_unavailable', `Partition ${partition} of ${topic} takes no records.`),
        );
        refreshView();
      }
      if (state === 'open' && previous === 'closed') {
        log.stopped(partition, queue.problem);
      } else if (state === 'closed') {
        log.recovered(partition);
      }
      onChange();
    },
  });
  const queue = new PartitionQueue({ topic, partition, circuit, retryDelayMs: settings.retryDelayMs });
  queue.maxBatchBytes = maxBatchBytes;
  return queue;
}
