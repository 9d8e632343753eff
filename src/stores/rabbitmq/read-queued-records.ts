import {
  isInTime,
  listTopicNames,
  type ReadOptions,
  type RecordSelection,
  type StoredRecord,
} from '../../ports/record-reader.ts';
import { UsageError } from '../../runtime/errors.ts';
import { withConnection } from './amqp-connection.ts';
import { defaultDeliveryLimit, describeTarget, unlimitedDeliveries } from './describe-target.ts';
import { adviseOnMissing } from './publish-target.ts';
import type { RabbitMqAccess } from './rabbitmq-access.ts';
import { readBatches, toStoredRecord, warnOfConsumers } from './rabbitmq-dead-letters.ts';
import { readQueueExclusively } from './unacked-reader.ts';

/**
 * Reads the dead letters in queues without removing them. No other consumer receives the dead letters during the
 * read. Afterwards, the dead letters are requeued in their original order with a delivery count that is one higher.
 *
 * @throws {UsageError} with `follow`, because no other consumer would ever receive the messages
 * @throws {Error} if the queue would drop requeued messages
 */
export async function* readQueuedRecords(
  access: RabbitMqAccess,
  selection: RecordSelection,
  { follow, signal, observer }: ReadOptions,
): AsyncGenerator<readonly StoredRecord[]> {
  if (follow) {
    throw new UsageError(
      'cannot follow a RabbitMQ queue, because it delivers each message to only one consumer. Add --no-follow to print its current dead letters',
    );
  }
  for (const queue of listTopicNames(selection)) {
    await checkDeliveryLimit(access, queue);
    const reader = await readQueueExclusively(access, queue);
    try {
      observer.onStart(`the queue ${queue}`, reader.total);
      warnOfConsumers(reader, observer);
      for await (const { messages, first } of readBatches(reader, observer.onWarning)) {
        if (signal.aborted) {
          return;
        }
        observer.onProgress(messages.length);
        yield messages
          .map((message, index) => toStoredRecord(message, queue, first + index))
          .filter(({ storedAtMs }) => isInTime(storedAtMs, selection));
      }
    } finally {
      await reader.close();
    }
  }
}

/**
 * Rejects a queue with a delivery limit, because reading requeues messages and the queue drops messages that are
 * requeued too often.
 */
async function checkDeliveryLimit(access: RabbitMqAccess, queue: string): Promise<void> {
  const target = { kind: 'queue', name: queue } as const;
  const facts = await withConnection(access, (connection) => describeTarget(connection, target));
  if (facts.state === 'missing') {
    throw new Error(`the queue ${queue} does not exist: ${adviseOnMissing(target)}`);
  }
  const limit = facts.state === 'described' ? facts.deliveryLimit : defaultDeliveryLimit;
  if (limit !== undefined && limit < unlimitedDeliveries) {
    throw new Error(
      `cannot read ${queue}: it drops a message that was requeued ${limit} times, and each read requeues every message. Use a queue with x-delivery-limit ${unlimitedDeliveries}, as \`comapi-webhook topics\` creates it`,
    );
  }
}
