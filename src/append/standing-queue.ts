import type { Clock } from '../runtime/clock.ts';
import { SinkError } from '../sink/sink.ts';
import { createCircuit, createTrialTimer } from './circuit.ts';
import type { LaneSettings } from './lane-store.ts';
import { PartitionQueue } from './partition-queue.ts';

export interface StandingQueueOptions {
  readonly topic: string;
  readonly partition: number;
  /** For messages. */
  readonly name: string;
  readonly settings: Pick<LaneSettings, 'circuit' | 'retryDelayMs'>;
  readonly clock: Clock;
  /** Its circuit opened. @param cause the store's last word on it, if there was one */
  readonly onStop: (name: string, cause: string | undefined) => void;
  /** Its circuit closed again. */
  readonly onRecover: (name: string) => void;
  readonly onChange: () => void;
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
  const { topic, partition, name, settings, clock, onStop, onRecover, onChange } = options;
  const circuit = createCircuit({
    clock,
    settings: settings.circuit,
    onChange(state, previous) {
      if (state === 'open') {
        queue.failAll(new SinkError('sink_unavailable', `${name} takes no records.`));
        trials.start();
      }
      if (state === 'open' && previous === 'closed') {
        onStop(name, queue.problem);
      } else if (state === 'closed') {
        onRecover(name);
      }
      onChange();
    },
  });
  // Its lane has the connection: a trial that meets none waits for it.
  const trials = createTrialTimer(circuit, () => true);
  const queue = new PartitionQueue({ topic, partition, circuit, retryDelayMs: settings.retryDelayMs });
  return { queue, close: trials.stop };
}
