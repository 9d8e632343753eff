import type { DeadLetterStore } from '../../ports/dead-letter.ts';
import type { ReadOptions, StoredRecord } from '../../ports/record-reader.ts';
import { isLess, RangeReading } from '../../runtime/range-reading.ts';
import { readHeaders } from './publish-batch.ts';
import type { RabbitMqAccess } from './rabbitmq-access.ts';
import { readQueueExclusively, type UnackedMessage, type UnackedReader } from './unacked-reader.ts';

export interface RabbitMqDeadLettersOptions extends Pick<ReadOptions, 'observer'> {
  readonly access: RabbitMqAccess;
  readonly queue: string;
}

/** Number of messages in one batch. Copies of the whole batch may be in flight at the same time. */
const batchSize = 100;

/**
 * Reads the messages that were in the queue when the queue was opened, in batches.
 *
 * @param onWarning called if the queue runs out of messages early, because other consumers took some or some expired
 */
export async function* readBatches(reader: UnackedReader, onWarning: (text: string) => void) {
  const reading = new RangeReading({ from: 0, end: reader.total }, isLess);
  while (!reading.isAtEnd) {
    const first = reading.at;
    const messages = await reader.take(Math.min(batchSize, reader.total - first));
    if (messages.length === 0) {
      onWarning(
        `${reader.total - first} of the ${reader.total} messages of ${reader.name} were not read: other consumers received them, or they expired.`,
      );
      reading.readTo(reader.total);
    } else {
      yield { messages, first };
      reading.readTo(first + messages.length);
    }
  }
}

/** Warns if the queue has other consumers, because messages that those consumers have received cannot be read. */
export function warnOfConsumers(
  { name, consumerCount }: UnackedReader,
  observer: ReadOptions['observer'],
): void {
  if (consumerCount > 0) {
    observer.onWarning(
      `${name} has ${consumerCount} consumers. Messages that they have received are not read.`,
      true,
    );
  }
}

/**
 * Opens the dead letters of a queue. Replayed dead letters are removed from the queue, and all others are requeued at
 * their positions. If the process ends before removing a replayed dead letter, the next run replays that dead letter
 * again. No dead letter is lost.
 */
export async function openRabbitMqDeadLetters(options: RabbitMqDeadLettersOptions): Promise<DeadLetterStore> {
  const { access, queue, observer } = options;
  const reader = await readQueueExclusively(access, queue);
  warnOfConsumers(reader, observer);
  /**
   * Unacknowledged messages of the last batch, by position. The remaining messages are requeued when the queue is
   * closed.
   */
  const unacked = new Map<string, UnackedMessage>();
  return {
    name: queue,
    async *records() {
      observer.onStart(`the queue ${queue}`, reader.total);
      for await (const { messages, first } of readBatches(reader, observer.onWarning)) {
        const records = messages.map((message, index) => toStoredRecord(message, queue, first + index));
        for (const [index, { place }] of records.entries()) {
          unacked.set(place, messages[index] as UnackedMessage);
        }
        observer.onProgress(messages.length);
        yield records;
        await republishRedelivered(reader, [...unacked.values()]);
        unacked.clear();
      }
    },
    async note(places) {
      await reader.remove(places.map((place) => unacked.get(place) as UnackedMessage));
      for (const place of places) {
        unacked.delete(place);
      }
    },
    // The list is empty, because replayed dead letters are removed from the queue.
    listReplayed: async () => [],
    close: () => reader.close(),
  };
}

/**
 * Replaces messages that have been requeued before with copies, because the queue may drop these messages at the next
 * requeue.
 */
async function republishRedelivered(
  reader: UnackedReader,
  messages: readonly UnackedMessage[],
): Promise<void> {
  const old = messages.filter((message) => countDeliveries(message) > 0);
  const copied = old.length === 0 ? [] : await reader.copy(old);
  if (copied.length > 0) {
    await reader.remove(copied);
  }
}

function countDeliveries({ properties }: UnackedMessage): number {
  const count: unknown = properties.headers?.['x-delivery-count'];
  return typeof count === 'number' ? count : 0;
}

/**
 * Converts a message to a record. A message has no key, so the key is the subject or, if there is none, the ID of the
 * event.
 */
export function toStoredRecord(message: UnackedMessage, topic: string, index: number): StoredRecord {
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
