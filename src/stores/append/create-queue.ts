import { SinkError } from '../../ports/sink.ts';
import type { Clock } from '../../runtime/clock.ts';
import { createCircuit, createTrialTimer } from './circuit.ts';
import type { LaneSettings } from './lane-store.ts';
import { PartitionQueue } from './partition-queue.ts';

interface StandingQueueOptions {
  readonly topic: string;
  readonly partition: number;
  /** For messages, as the beginning of a sentence. */
  readonly name: string;
  readonly settings: Pick<LaneSettings, 'circuit' | 'retryDelayMs'>;
  readonly clock: Clock;
  /** Its circuit opened. @param cause the store's last word on it, if there was one */
  readonly onStop: (cause: string | undefined) => void;
  /** Its circuit closed again. */
  readonly onRecover: () => void;
  readonly onChange: () => void;
}

interface QueueOptions extends StandingQueueOptions {
  /** Its circuit opened, for the first time or after a trial. */
  readonly onOpen: () => void;
}

/** A queue with a circuit of its own, which fails what waits when it opens. Who made it lets trials through. */
export function createQueue(options: QueueOptions): PartitionQueue {
  const { topic, partition, name, settings, clock, onOpen, onStop, onRecover, onChange } = options;
  const circuit = createCircuit({
    clock,
    settings: settings.circuit,
    onChange(state, previous) {
      if (state === 'open') {
        queue.failAll(new SinkError('sink_unavailable', `${name} takes no records.`));
        onOpen();
      }
      if (state === 'open' && previous === 'closed') {
        onStop(queue.problem);
      } else if (state === 'closed') {
        onRecover();
      }
      onChange();
    },
  });
  const queue = new PartitionQueue({ topic, partition, circuit, retryDelayMs: settings.retryDelayMs });
  return queue;
}

export interface StandingQueue {
  readonly queue: PartitionQueue;
  close(): void;
}

/**
 * A queue that stays with one sender, in a store that says nothing of its queues unless it is asked to store something:
 * after each wait of its circuit the next record is the trial.
 */
export function createStandingQueue(options: StandingQueueOptions): StandingQueue {
  const queue = createQueue({ ...options, onOpen: () => trials.start() });
  // Its lane has the connection: a trial that meets none waits for it.
  const trials = createTrialTimer(queue.circuit, () => true);
  return { queue, close: trials.stop };
}
