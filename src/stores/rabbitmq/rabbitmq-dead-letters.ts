import type { DeadLetterStore } from '../../ports/dead-letter.ts';
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
import { readHeaders } from './publish-batch.ts';
import { createMissingTargetAdvice } from './publish-target.ts';
import type { RabbitMqAccess } from './rabbitmq-access.ts';
import { readQueueExclusively, type UnackedMessage, type UnackedReader } from './unacked-reader.ts';

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
      for await (const messages of readBatches(reader, observer)) {
        if (signal.aborted) {
          return;
        }
        yield [...messages.keys()].filter(({ storedAtMs }) => isInTime(storedAtMs, selection));
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
    throw new Error(`the queue ${queue} does not exist: ${createMissingTargetAdvice(target)}`);
  }
  const deliveryLimit = facts.state === 'described' ? facts.deliveryLimit : defaultDeliveryLimit;
  if (deliveryLimit !== undefined && deliveryLimit < unlimitedDeliveries) {
    throw new Error(
      `cannot read ${queue}: it drops a message that was requeued ${deliveryLimit} times, and each read requeues every message. Use a queue with x-delivery-limit ${unlimitedDeliveries}, as \`comapi-webhook topics\` creates it`,
    );
  }
}

/**
 * Opens the dead letters of a queue. Replayed dead letters are removed from the queue, and all others are requeued at
 * their positions. If the process ends before removing a replayed dead letter, the next run replays that dead letter
 * again. No dead letter is lost.
 */
export async function openRabbitMqDeadLetters(
  access: RabbitMqAccess,
  queue: string,
  observer: ReadOptions['observer'],
): Promise<DeadLetterStore> {
  const reader = await readQueueExclusively(access, queue);
  /**
   * Unacknowledged messages of the last batch, by position. The remaining messages are requeued when the queue is
   * closed.
   */
  const unackedMessages = new Map<string, UnackedMessage>();
  return {
    name: queue,
    async *records() {
      for await (const messages of readBatches(reader, observer)) {
        for (const [{ place }, message] of messages) {
          unackedMessages.set(place, message);
        }
        yield [...messages.keys()];
        await republishRedelivered(reader, [...unackedMessages.values()]);
        unackedMessages.clear();
      }
    },
    async markReplayed(places) {
      await reader.remove(places.map((place) => unackedMessages.get(place) as UnackedMessage));
      for (const position of places) {
        unackedMessages.delete(position);
      }
    },
    // The list is empty, because replayed dead letters are removed from the queue.
    listReplayed: async () => [],
    close: () => reader.close(),
  };
}

/** Number of messages in one batch. Copies of the whole batch may be in flight at the same time. */
const batchSize = 100;

/**
 * Reads the messages that were in the queue when the queue was opened, in batches. Yields each message with its
 * record. Warns if other consumers have received messages, because these messages cannot be read.
 */
export async function* readBatches(
  reader: UnackedReader,
  observer: ReadOptions['observer'],
): AsyncGenerator<ReadonlyMap<StoredRecord, UnackedMessage>> {
  const { name, total, consumerCount } = reader;
  observer.onStart(`the queue ${name}`, total);
  if (consumerCount > 0) {
    observer.onWarning(
      `${name} has ${consumerCount} consumers. Messages that they have received are not read.`,
      true,
    );
  }
  for (let start = 0, end = 0; start < total; start = end) {
    const messages = await reader.take(Math.min(batchSize, total - start));
    if (messages.length === 0) {
      observer.onWarning(
        `${total - start} of the ${total} messages of ${name} were not read: other consumers received them, or they expired.`,
      );
      return;
    }
    observer.onProgress(messages.length);
    end = start + messages.length;
    yield new Map(messages.map((message, index) => [toStoredRecord(message, name, start + index), message]));
  }
}

/**
 * Replaces messages that have been requeued before with copies, because the queue may drop these messages at the next
 * requeue.
 */
async function republishRedelivered(
  reader: UnackedReader,
  messages: readonly UnackedMessage[],
): Promise<void> {
  const old = messages.filter((message) => readDeliveryCount(message) > 0);
  const requeuedMessages = old.length === 0 ? [] : await reader.copy(old);
  if (requeuedMessages.length > 0) {
    await reader.remove(requeuedMessages);
  }
}

function readDeliveryCount({ properties }: UnackedMessage): number {
  const count: unknown = properties.headers?.['x-delivery-count'];
  return typeof count === 'number' ? count : 0;
}

/**
 * Converts a message to a record. A message has no key, so the key is the subject or, if there is none, the ID of the
 * event.
 */
function toStoredRecord(message: UnackedMessage, topic: string, index: number): StoredRecord {
  const headers = readHeaders(message) as Readonly<Record<string, string>>;
  const receivedAtMs = Date.parse(headers['received-at'] ?? '');
  return {
    topic,
    place: `${topic}/${index}`,
    headers,
    value: message.content,
    key: headers.ce_subject ?? headers.ce_id ?? null,
    storedAtMs: Number.isNaN(receivedAtMs) ? 0 : receivedAtMs,
  };
}
