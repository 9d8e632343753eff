import { UsageError } from '../runtime/errors.ts';
import type { ChooseRun, ReplaySource } from '../sink/event-replay.ts';
import {
  isInTime,
  type PlacedRecord,
  type ReadOptions,
  type RecordSelection,
} from '../sink/record-reader.ts';
import { withConnection } from './amqp-connection.ts';
import { describeTarget } from './describe-target.ts';
import { type Held, type HeldQueue, holdQueue } from './held-queue.ts';
import type { RabbitMqAccess } from './rabbitmq-access.ts';
import { toPlacedRecord } from './read-queued-records.ts';
import { checkDeliveryLimit, readBatches } from './stored-messages.ts';

export interface QueueEventReplayOptions extends Pick<ReadOptions, 'signal' | 'observer'> {
  readonly access: RabbitMqAccess;
  /** The topic that the events of each queue belong to. */
  readonly queues: readonly { readonly topic: string; readonly queue: string }[];
  readonly selection: RecordSelection;
  readonly choose: ChooseRun;
}

/** As many as are removed at once. */
const batchSize = 100;

/**
 * The events that wait in queues. What is put back is removed from its queue, so there is nothing to remember; the others go
 * back to their places. A process that ends between the two puts events back again in the next run, and loses none.
 */
export function openQueueEventReplay(options: QueueEventReplayOptions): ReplaySource {
  const { access, queues, selection, choose, signal, observer } = options;
  const messages = new Map<PlacedRecord, Held>();
  let held: HeldQueue | undefined;

  async function close(): Promise<void> {
    const closing = held;
    held = undefined;
    await closing?.close();
  }

  async function* readQueue(
    topic: string,
    queue: string,
    isSelected: (record: PlacedRecord) => boolean,
  ): AsyncGenerator<readonly PlacedRecord[]> {
    held = await holdQueue(access, queue);
    try {
      if (held.consumerCount > 0) {
        throw new UsageError(
          `${queue} has ${held.consumerCount} consumers, which take its events: stop them before its events are moved`,
        );
      }
      observer.begins(`the queue ${queue}`, held.total);
      for await (const batch of readBatches(held, batchSize, observer.notice)) {
        messages.clear();
        for (const [index, message] of batch.messages.entries()) {
          messages.set(toPlacedRecord(message, topic, `${queue}/${batch.first + index}`), message);
        }
        yield [...messages.keys()].filter(isSelected);
        observer.passed(batch.messages.length);
      }
    } finally {
      await close();
    }
  }

  return {
    name: queues.map(({ queue }) => queue).join(', '),
    async begin() {
      for (const { queue } of queues) {
        await refuseStream(access, queue);
        await checkDeliveryLimit(access, queue);
      }
      return choose(undefined);
    },
    async *records({ sinceMs, untilMs }) {
      const { key } = selection;
      for (const { topic, queue } of queues) {
        yield* readQueue(
          topic,
          queue,
          (record) =>
            (key === undefined || record.key === key) &&
            isInTime(record.storedAtMs, { ...selection, sinceMs, untilMs }),
        );
        if (signal.aborted) {
          return;
        }
      }
    },
    async note(done) {
      const removed = done.flatMap((record) => messages.get(record) ?? []);
      if (removed.length > 0) {
        await held?.remove(removed);
      }
    },
    // What is put back leaves its queue: of what stands in it nothing stands there twice.
    findRepeated: async () => new Set(),
    remember: async () => {},
    finish: async () => {},
    close,
  };
}

/** It hands out nothing that was there before. */
async function refuseStream(access: RabbitMqAccess, queue: string): Promise<void> {
  const facts = await withConnection(access, (connection) =>
    describeTarget(connection, { kind: 'queue', name: queue }),
  );
  if (facts.state === 'described' && facts.arguments.get('x-queue-type') === 'stream') {
    throw new UsageError(
      `${queue} is a stream, which this command cannot read. A consumer of the stream sees its events again from any time on: give it x-stream-offset`,
    );
  }
}
