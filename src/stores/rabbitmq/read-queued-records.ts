import {
  isInTime,
  listTopicNames,
  type ReadOptions,
  type RecordSelection,
  type StoredRecord,
} from '../../ports/record-reader.ts';
import { UsageError } from '../../runtime/errors.ts';
import { withConnection } from './amqp-connection.ts';
import { describeTarget, endlessDeliveries, usualDeliveryLimit } from './describe-target.ts';
import { adviseOnAbsent } from './publish-target.ts';
import type { RabbitMqAccess } from './rabbitmq-access.ts';
import { readBatches, toStoredRecord } from './rabbitmq-dead-letters.ts';
import { readQueueExclusively } from './unacked-reader.ts';

/**
 * The dead letters that wait in queues. They are held back from others while they are read, and given back in their order;
 * each counts as delivered once more.
 *
 * @throws {UsageError} when the reading is to go on: what it held nobody else would get
 * @throws {Error} for a queue that would drop what is given back
 */
export async function* readQueuedRecords(
  access: RabbitMqAccess,
  selection: RecordSelection,
  { follow, signal, observer }: ReadOptions,
): AsyncGenerator<readonly StoredRecord[]> {
  if (follow) {
    throw new UsageError(
      'a queue gives each message to one consumer: dead letters of RabbitMQ are shown as they are now, with --no-follow',
    );
  }
  for (const queue of listTopicNames(selection)) {
    await checkDeliveryLimit(access, queue);
    const held = await readQueueExclusively(access, queue);
    try {
      observer.onStart(`the queue ${queue}`, held.total);
      if (held.consumerCount > 0) {
        observer.onWarning(`${queue} has ${held.consumerCount} consumers: what they hold is not read.`, true);
      }
      for await (const { messages, first } of readBatches(held, observer.onWarning)) {
        if (signal.aborted) {
          return;
        }
        observer.onProgress(messages.length);
        yield messages
          .map((message, index) => toStoredRecord(message, queue, first + index))
          .filter(({ storedAtMs }) => isInTime(storedAtMs, selection));
      }
    } finally {
      await held.close();
    }
  }
}

/** A quorum queue drops what was given back too often. Whoever reads without removing gives back. */
async function checkDeliveryLimit(access: RabbitMqAccess, queue: string): Promise<void> {
  const target = { kind: 'queue', name: queue } as const;
  const facts = await withConnection(access, (connection) => describeTarget(connection, target));
  if (facts.state === 'missing') {
    throw new Error(`the queue ${queue} does not exist: ${adviseOnAbsent(target)}`);
  }
  const limit = facts.state === 'described' ? facts.deliveryLimit : usualDeliveryLimit;
  if (limit !== undefined && limit < endlessDeliveries) {
    throw new Error(
      `${queue} drops a message that was given back ${limit} times, and reading it gives back: use a queue that \`comapi-webhook topics\` has made, with x-delivery-limit ${endlessDeliveries}`,
    );
  }
}
