import { createCircuit } from '../../append/circuit.ts';
import { PartitionQueue } from '../../append/partition-queue.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import { SinkError } from '../../sink/sink-error.ts';
import { defaultTopicSettings } from '../topics/topic-settings.ts';
import { createPartitionLog } from './partition-log.ts';
import type { ProduceSettings } from './produce-settings.ts';

/** What else is in a record batch than the records. */
const batchOverheadBytes = 128;

/** One topic and the queues of its partitions. */
export interface TopicQueues {
  readonly topic: string;
  /** By partition number; empty until the topic was seen. */
  readonly queues: readonly PartitionQueue[];
  /** Takes up a number of partitions, as first seen or as it grew or shrank. */
  resize(partitionCount: number): void;
  setMaxMessageBytes(bytes: number): void;
  failAll(message: string): void;
}

interface TopicQueuesDeps {
  readonly topic: string;
  readonly settings: Pick<ProduceSettings, 'circuit' | 'retryDelayMs'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** A partition takes no records any more: only a new view of the cluster lets the next trial through. */
  readonly onTrouble: () => void;
  readonly onChange: () => void;
}

export function createTopicQueues(deps: TopicQueuesDeps): TopicQueues {
  const { topic, settings, clock, logger, onTrouble, onChange } = deps;
  const log = createPartitionLog({ topic, clock, logger });
  let queues: PartitionQueue[] = [];
  // Until the topic's own limit is known.
  let { maxMessageBytes }: { maxMessageBytes: number } = defaultTopicSettings;

  function createQueue(partition: number): PartitionQueue {
    const circuit = createCircuit({
      clock,
      settings: settings.circuit,
      onChange(state, previous) {
        if (state === 'open') {
          queue.failAll(
            new SinkError('sink_unavailable', `Partition ${partition} of ${topic} takes no records.`),
          );
          onTrouble();
        }
        if (state === 'open' && previous === 'closed') {
          log.refused(partition, queue.problem);
        } else if (state === 'closed') {
          log.recovered(partition);
        }
        onChange();
      },
    });
    const queue = new PartitionQueue({ topic, partition, circuit, retryDelayMs: settings.retryDelayMs });
    queue.maxBatchBytes = maxMessageBytes - batchOverheadBytes;
    return queue;
  }

  function failQueues(some: readonly PartitionQueue[], message: string): void {
    for (const queue of some) {
      queue.failAll(new SinkError('sink_unavailable', message));
    }
  }

  return {
    topic,
    get queues() {
      return queues;
    },
    resize(partitionCount) {
      failQueues(queues.slice(partitionCount), `${topic} has fewer partitions than before.`);
      queues = Array.from(
        { length: partitionCount },
        (_, partition) => queues[partition] ?? createQueue(partition),
      );
    },
    setMaxMessageBytes(bytes) {
      maxMessageBytes = bytes;
      for (const queue of queues) {
        queue.maxBatchBytes = bytes - batchOverheadBytes;
      }
    },
    failAll(message) {
      failQueues(queues, message);
    },
  };
}
